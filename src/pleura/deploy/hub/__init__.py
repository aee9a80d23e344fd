"""A model as a folder in the layout of Hugging Face's hub; its card is filled by machine."""
