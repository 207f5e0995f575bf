"""What people are told: composed once as a `Message`, then written as text, Slack blocks and JSON."""
