from tests.tasks.selfsup.contract import MethodContract


class TestSimCLR(MethodContract):
    spec = "simclr"
    couples = True
