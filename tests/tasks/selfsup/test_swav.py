from tests.tasks.selfsup.contract import MethodContract


class TestSwAV(MethodContract):
    spec = "swav"
    couples = True
