"""Operations on whole images: objects from prompts."""
