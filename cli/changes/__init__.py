"""What a change of a setting does in AWS, by the program and the facts about replacement."""
