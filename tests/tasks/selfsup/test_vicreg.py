from tests.tasks.selfsup.contract import MethodContract


class TestVICReg(MethodContract):
    spec = "vicreg"
    couples = True
    falls = 0.05
