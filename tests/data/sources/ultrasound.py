"""Small made-up copies of public sources of lung ultrasound, see `layouts`."""

from pathlib import Path

from tests.data.sources.made import images, table

UNCERTAIN = "pocus_videos/linear/label_uncertain"
SIGNS = (
    *("Effusion", "Consolidations", "B-lines", "A-lines", "Pleural line irregularities"),
    *("Air bronchogram", "Healthy"),
)


def pocus(folder: Path) -> None:
    """Names differ by case and by blanks, two clips have one name, and some rows have no file."""
    root = folder / "covid19_ultrasound" / "covid19_ultrasound-master" / "data"
    videos = root / "pocus_videos"
    images(videos / "convex", "Cov-Atlas+(44).gif", "Reg-nephropocus.mp4")
    images(videos / "linear", "Reg-nephropocus.mp4", "Cov_bolzano_linee B.mpeg")
    uncertain = ("Cov_bolzano_Linee B .mpeg", "Cov_bolzano_sliding .mpeg", "Vir_or_Pneu_file4.mp4")
    images(root / UNCERTAIN, *uncertain)
    images(root / "pocus_images" / "linear", "Reg_a.jpg", "cov_website_donation_1.png")
    nothing, some = "0 0 0 0 0 0 0", "1 n/A 0 0 0 0 0"
    rows = [
        _row("pocus_videos/Convex", "Cov-Atlas+(44)", "COVID-19", "36", "0 0 0 0 0 0 1"),
        _row("butterfly", "Cov-Butterfly-Consolidation", "COVID-19", "22", some),
        _row(UNCERTAIN, "Cov_bolzano_Linee B ", "COVID-19", "", nothing, source="41"),
        _row(UNCERTAIN, "Cov_bolzano_linee B", "COVID-19", "", nothing, source="41"),
        _row(UNCERTAIN, "Cov_bolzano_sliding", "COVID-19", "", nothing, source="41"),
        _row("data/pocus_videos/Convex", "Reg-nephropocus", "regular", "74", "0 0 0 0 0 0 1"),
        _row("data/pocus_videos/Linear", "Reg-nephropocus", "regular", "77", nothing),
        _row("pocus_videos/Linear", "vir_or_pneu_file4", "Viral pneumonia", "116.0", some),
        _row("pocus_images/Linear", "Reg_a", "Regular", "", some, source=""),
        _row("pocus_images/linear", "Cov_website_donation_1", "COVID-19", "9", " ".join(7 * "1")),
    ]
    table(root / "dataset_metadata.csv", rows)


def _row(
    location: str, name: str, label: str, patient: str, signs: str, *, source: str = "2"
) -> dict[str, str]:
    return {
        "Current location": location,
        "Filename": name,
        "URL (Video Name)": "http://x",
        "Label": label,
        "Lung Severity Score": "2",
        "License": "CC BY 4.0",
        "Type": "Image" if "images" in location else "video",
        "Probe": "linear" if "linear" in location.casefold() else "convex",
        "Source ID": source,
        "Gender": "w",
        "Age": "32",
        "Patient ID / Name": patient,
        **dict(zip(SIGNS, signs.split(), strict=True)),
    }


def covid_blues(folder: Path) -> None:
    root = folder / "COVID-BLUES" / "COVID-BLUES-main"
    images(root / "lus_videos", "patient_37_R1.mp4", "patient_46_L2_2.mp4")
    people = [
        {"patient_id": "37", "cov_test": "0", "pat_sex": "0.0", "pat_age": "87.0"},
        {"patient_id": "46", "cov_test": "1", "pat_sex": "1.0", "pat_age": "78.0"},
    ]
    table(root / "clinical_variables.csv", people)
    seen = {"video_file": "patient_46_L2_2", "Severity Score": "3.0"}
    table(root / "severity.csv", [{**seen, "A-lines": "no", "B-lines": "yes ", "comments": "x"}])
