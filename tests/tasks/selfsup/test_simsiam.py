from tests.tasks.selfsup.contract import MethodContract


class TestSimSiam(MethodContract):
    spec = "simsiam"
    couples = True
