"""A customer's web server, in a language and process that are not ours: what it answers is read from files.

customer.py FOLDER: serves on a free port of 127.0.0.1, and prints that port first. A request for /NAME is answered as
FOLDER/NAME.json says (see customer.ts), a name without a file by 404. Each request is told as a line of JSON.
"""
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

folder = Path(sys.argv[1])
telling = threading.Lock()


class Customer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, body):
        parts = urlsplit(self.path)
        request = {"name": parts.path[1:], "method": self.command, "query": parts.query, "body": body}
        with telling:
            print(json.dumps(request), flush=True)
        file = folder / f"{parts.path[1:]}.json"
        says = json.loads(file.read_text()) if file.exists() else {"status": 404, "body": ""}
        time.sleep(says.get("delay_s", 0))
        try:
            self.write(says)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # Who asked waits no longer.

    def write(self, says):
        text = says["body"].encode(says.get("charset", "utf-8"))
        ends = says.get("ends", "whole")
        self.send_response(says.get("status", 200))
        self.send_header("Content-Type", says.get("type", "text/html"))
        if "location" in says:
            self.send_header("Location", says["location"])
        self.send_header("Content-Length", str(len(text) + (0 if ends == "whole" else 1)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        if ends == "never":
            time.sleep(60)
        if ends != "whole":
            self.close_connection = True

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Customer)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
