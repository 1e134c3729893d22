"""Central's tables and how to reach them; SQLite (WAL) embedded, PostgreSQL with the same queries."""
