"""Names that GitHub and AWS list, with their source, and what we judge each as."""
