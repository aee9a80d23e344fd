"""What predictions would mean where classes have other shares than in the test part."""
