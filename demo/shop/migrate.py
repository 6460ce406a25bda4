"""Makes the table of visits if there is none."""

import os
import socket

with socket.create_connection(("127.0.0.1", int(os.environ["DB_PORT"]))) as database:
    database.sendall(b"create\n")
    print(f"the table is there, {int(database.makefile().readline())} visits")
