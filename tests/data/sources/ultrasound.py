"""Small made-up copies of public sources of lung ultrasound, see `layouts`."""

from pathlib import Path

from tests.data.sources.made import images, table


def pocus(folder: Path) -> None:
    root = folder / "covid19_ultrasound" / "covid19_ultrasound-master" / "data"
    images(root / "pocus_videos" / "convex", "Cov-Atlas+(44).gif", "Vir_or_Pneu_file4.mp4")
    images(root / "pocus_images" / "linear", "Reg_a.jpg")
    said = {
        "Cov-Atlas+(44)": ("COVID-19", "video", "convex", "36"),
        "vir_or_pneu_file4": ("Viral pneumonia", "video", "linear", "116.0"),
        "Reg_a": ("regular", "Image", "linear", ""),
        "Reg_of_others": ("regular", "video", "convex", "7"),
    }
    flags = {"Effusion": "1", "Consolidations": "n/A", "B-lines": "0", "A-lines": "0"}
    rows = [
        {
            "Filename": name,
            "URL (Video Name)": "http://x",
            "Label": label,
            "Lung Severity Score": "2",
            "License": "CC BY 4.0",
            "Type": kind,
            "Probe": probe,
            "Gender": "w",
            "Age": "32",
            "Patient ID / Name": patient,
            **flags,
            "Pleural line irregularities": "0",
            "Air bronchogram": "0",
        }
        for name, (label, kind, probe, patient) in said.items()
    ]
    table(root / "dataset_metadata.csv", rows)


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
