"""The hands: plain blocking classes, one library each, each alone on its lane's thread."""
