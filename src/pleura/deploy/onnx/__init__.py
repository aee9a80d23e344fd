"""A model as an ONNX file, with all that is needed to use it without pleura."""
