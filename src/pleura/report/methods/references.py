"""The references of what a study may use, and the numbers under which a text cites them."""

from dataclasses import dataclass, field

STRATEGIES = {
    "feature_extraction": "razavian",
    "fine_tuning": "yosinski",
    "freezing": "yosinski",
    "linear_probe_then_fine_tuning": "kumar",
    "gradual_unfreezing": "howard",
    "layer_wise_rates": "howard",
    "truncation": "peng",
    "transfusion": "raghu",
    "l2_sp": "li",
    "lora": "hu",
    "bitfit": "ben zaken",
    "norm_tuning": "mudrakarta",
}
METHODS = {
    "rotation": "gidaris",
    "jigsaw": "noroozi",
    "relative_position": "doersch",
    "context_restoration": "chen restoration",
    "models_genesis": "zhou",
    "instance_discrimination": "wu",
    "simclr": "chen simclr",
    "moco": "he moco",
    "byol": "grill",
    "simsiam": "chen simsiam",
    "barlow_twins": "zbontar",
    "vicreg": "bardes",
    "swav": "caron swav",
    "dino": "caron dino",
    "masked_autoencoder": "he mae",
}
REFERENCES = {
    "adamw": (
        "Loshchilov I, Hutter F. Decoupled weight decay regularization. ICLR 2019. arXiv 1711.05101"
    ),
    "bardes": ("Bardes A, Ponce J, LeCun Y. VICReg. ICLR 2022. arXiv 2105.04906"),
    "ben zaken": ("Ben Zaken E, Goldberg Y, Ravfogel S. BitFit. ACL 2022. arXiv 2106.10199"),
    "bland": (
        "Bland JM, Altman DG. Statistical methods for assessing agreement between two methods "
        "of clinical measurement. Lancet 1986; 327: 307-310"
    ),
    "breiman": ("Breiman L. Random forests. Machine Learning 2001; 45: 5-32"),
    "caron dino": (
        "Caron M, Touvron H, Misra I, et al. Emerging properties in self-supervised vision "
        "transformers. ICCV 2021. arXiv 2104.14294"
    ),
    "caron swav": (
        "Caron M, Misra I, Mairal J, et al. Unsupervised learning of visual features by "
        "contrasting cluster assignments. NeurIPS 2020. arXiv 2006.09882"
    ),
    "chen restoration": (
        "Chen L, Bentley P, Mori K, et al. Self-supervised learning for medical image "
        "analysis using image context restoration. Medical Image Analysis 2019; 58: 101539"
    ),
    "chen simclr": (
        "Chen T, Kornblith S, Norouzi M, Hinton G. A simple framework for contrastive "
        "learning of visual representations. ICML 2020. arXiv 2002.05709"
    ),
    "chen simsiam": (
        "Chen X, He K. Exploring simple siamese representation learning. CVPR 2021. arXiv "
        "2011.10566"
    ),
    "cubuk": (
        "Cubuk ED, Zoph B, Shlens J, Le QV. RandAugment: practical automated data augmentation "
        "with a reduced search space. NeurIPS 2020. arXiv 1909.13719"
    ),
    "devries": (
        "DeVries T, Taylor GW. Improved regularization of convolutional neural networks with "
        "cutout. 2017. arXiv 1708.04552"
    ),
    "doersch": (
        "Doersch C, Gupta A, Efros AA. Unsupervised visual representation learning by context "
        "prediction. ICCV 2015. arXiv 1505.05192"
    ),
    "draelos": (
        "Draelos RL, Carin L. Use HiResCAM instead of Grad-CAM for faithful explanations of "
        "convolutional neural networks. 2020. arXiv 2011.08891"
    ),
    "gidaris": (
        "Gidaris S, Singh P, Komodakis N. Unsupervised representation learning by predicting "
        "image rotations. ICLR 2018. arXiv 1803.07728"
    ),
    "grill": (
        "Grill JB, Strub F, Altché F, et al. Bootstrap your own latent. NeurIPS 2020. arXiv "
        "2006.07733"
    ),
    "guo": (
        "Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks. "
        "ICML 2017. arXiv 1706.04599"
    ),
    "he mae": (
        "He K, Chen X, Xie S, et al. Masked autoencoders are scalable vision learners. CVPR "
        "2022. arXiv 2111.06377"
    ),
    "he moco": (
        "He K, Fan H, Wu Y, et al. Momentum contrast for unsupervised visual representation "
        "learning. CVPR 2020. arXiv 1911.05722"
    ),
    "hillis": (
        "Hillis SL. A comparison of denominator degrees of freedom methods for multiple "
        "observer ROC analysis. Statistics in Medicine 2007; 26: 596-619"
    ),
    "hinton": (
        "Hinton G, Vinyals O, Dean J. Distilling the knowledge in a neural network. 2015. arXiv "
        "1503.02531"
    ),
    "holm": (
        "Holm S. A simple sequentially rejective multiple test procedure. Scandinavian "
        "Journal of Statistics 1979; 6: 65-70"
    ),
    "howard": (
        "Howard J, Ruder S. Universal language model fine-tuning for text classification. ACL "
        "2018. arXiv 1801.06146"
    ),
    "hu": (
        "Hu EJ, Shen Y, Wallis P, et al. LoRA: low-rank adaptation of large language models. "
        "ICLR 2022. arXiv 2106.09685"
    ),
    "huang": (
        "Huang G, Sun Y, Liu Z, Sedra D, Weinberger KQ. Deep networks with stochastic depth. "
        "ECCV 2016. arXiv 1603.09382"
    ),
    "kumar": (
        "Kumar A, Raghunathan A, Jones R, et al. Fine-tuning can distort pretrained features "
        "and underperform out-of-distribution. ICLR 2022. arXiv 2202.10054"
    ),
    "li": (
        "Li X, Grandvalet Y, Davoine F. Explicit inductive bias for transfer learning with "
        "convolutional networks. ICML 2018. arXiv 1802.01483"
    ),
    "mudrakarta": (
        "Mudrakarta PK, Sandler M, Zhmoginov A, Howard A. K for the price of 1: parameter "
        "efficient multi-task and transfer learning. ICLR 2019. arXiv 1810.10703"
    ),
    "noroozi": (
        "Noroozi M, Favaro P. Unsupervised learning of visual representations by solving "
        "jigsaw puzzles. ECCV 2016. arXiv 1603.09246"
    ),
    "obuchowski": (
        "Obuchowski NA, Rockette HE. Hypothesis testing of diagnostic accuracy for multiple "
        "readers and multiple tests. Communications in Statistics 1995; 24: 285-308"
    ),
    "peng": (
        "Peng L, Liang H, Luo G, Li T, Sun J. Rethinking transfer learning for medical image "
        "classification. 2021. arXiv 2106.05152"
    ),
    "raghu": (
        "Raghu M, Zhang C, Kleinberg J, Bengio S. Transfusion: understanding transfer "
        "learning for medical imaging. NeurIPS 2019. arXiv 1902.07208"
    ),
    "razavian": (
        "Sharif Razavian A, Azizpour H, Sullivan J, Carlsson S. CNN features off-the-shelf: "
        "an astounding baseline for recognition. CVPR workshops 2014"
    ),
    "selvaraju": (
        "Selvaraju RR, Cogswell M, Das A, et al. Grad-CAM: visual explanations from deep "
        "networks via gradient-based localization. ICCV 2017"
    ),
    "szegedy": (
        "Szegedy C, Vanhoucke V, Ioffe S, Shlens J, Wojna Z. Rethinking the Inception "
        "architecture for computer vision. CVPR 2016. arXiv 1512.00567"
    ),
    "tan": (
        "Tan M, Le QV. EfficientNetV2: smaller models and faster training. ICML 2021. arXiv "
        "2104.00298"
    ),
    "tarvainen": (
        "Tarvainen A, Valpola H. Mean teachers are better role models: weight-averaged "
        "consistency targets improve semi-supervised deep learning results. NeurIPS 2017. arXiv "
        "1703.01780"
    ),
    "vickers": (
        "Vickers AJ, Elkin EB. Decision curve analysis. Medical Decision Making 2006; 26: 565-574"
    ),
    "wu": (
        "Wu Z, Xiong Y, Yu SX, Lin D. Unsupervised feature learning via non-parametric "
        "instance discrimination. CVPR 2018. arXiv 1805.01978"
    ),
    "yosinski": (
        "Yosinski J, Clune J, Bengio Y, Lipson H. How transferable are features in deep "
        "neural networks? NeurIPS 2014. arXiv 1411.1792"
    ),
    "zbontar": (
        "Zbontar J, Jing L, Misra I, et al. Barlow Twins: self-supervised learning via "
        "redundancy reduction. ICML 2021. arXiv 2103.03230"
    ),
    "zhang": (
        "Zhang H, Cisse M, Dauphin YN, Lopez-Paz D. mixup: beyond empirical risk minimization. "
        "ICLR 2018. arXiv 1710.09412"
    ),
    "zhou": (
        "Zhou Z, Sodha V, Pang J, et al. Models Genesis. Medical Image Analysis 2021; 67: 101840"
    ),
}


@dataclass
class Citations:
    """Numbers of references, in the order in which a text cites them first."""

    cited: list[str] = field(default_factory=list)

    def __call__(self, *names: str) -> str:
        """`[1, 4]`, the numbers of the references called so."""
        self.cited += [name for name in dict.fromkeys(names) if name not in self.cited]
        numbers = sorted({self.cited.index(name) + 1 for name in names})
        return f"[{', '.join(map(str, numbers))}]"

    @property
    def listed(self) -> list[str]:
        """The references in the order of their numbers."""
        return [REFERENCES[name] for name in self.cited]
