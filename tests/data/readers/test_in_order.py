from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from time import sleep

from pleura.data.readers.in_order import in_threads


def test_the_frames_of_a_clip_are_read_by_one_thread_in_order() -> None:
    images = ["a.png", "b.mp4::0", "b.mp4::3", "c.gif::1", "d.npz::x::1", "d.npz::x::2", "b.mp4::9"]
    began: list[str] = []

    def read(image: str) -> tuple[str, int]:
        began.append(image)
        sleep(0.02)
        return image, get_ident()

    with ThreadPoolExecutor(4) as pool:
        results = list(in_threads(pool, read, images))
    assert [image for image, _ in results] == images
    threads = [thread for _, thread in results]
    assert threads[1] == threads[2]
    assert began.index("b.mp4::0") < began.index("b.mp4::3")
    assert len(set(threads)) > 1
