from tests.tasks.selfsup.contract import MethodContract


class TestBarlowTwins(MethodContract):
    spec = "barlow_twins"
    couples = True
