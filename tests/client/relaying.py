"""The smallest command that leads to a socket, in place of an ssh whose forced command does."""

RELAY = """
import os, socket, sys, threading
way = socket.socket(socket.AF_UNIX)
way.connect(sys.argv[1])
def up():
    while data := os.read(0, 65536):
        way.sendall(data)
    way.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := way.recv(65536):
    os.write(1, data)
"""
