"""What one customer does from first to last step, and the gevent driver that carries it."""
