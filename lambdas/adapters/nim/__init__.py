"""The NIMs behind one client: chat, embeddings and ranking, by SageMaker, NVIDIA's hosted API, or a compatible URL."""
