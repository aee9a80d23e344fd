from tests.tasks.selfsup.contract import MethodContract


class TestBYOL(MethodContract):
    spec = "byol"
    couples = True
