"""What is deployed: the template, the policies, the zip."""
