"""The contract: the documents, their seal, and what they mean in time; held true by both sides."""
