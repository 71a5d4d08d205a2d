"""make test-stack: builds the functions, deploys them to MiniStack, runs the API tests against them.

    tests/stack/run            builds, deploys, tests
    tests/stack/run --keep     the same, and then waits, so that you can look around
"""

import contextlib
import http.client
import http.server
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import zipfile

import boto3

import template

ROOT = template.ROOT
BINARIES = ROOT / "target/stack"
LOG = ROOT / "target/stack/ministack.log"
BUCKET = "textdesk-artifacts"
STACK = "textdesk-stack"
START_SECONDS_MAX = 60
TESTS = ["cargo", "test", "--package", "tests", "--test", "it", "product::", "--", "--test-threads=2"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def build(names):
    packages = [part for name in [*sorted(names), "local"] for part in ("--package", name)]
    subprocess.run(["cargo", "build", "--profile", "stack", "--bins", *packages], cwd=ROOT, check=True)


@contextlib.contextmanager
def process(command, **options):
    running = subprocess.Popen(command, **options)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()


def wait_until(what, check):
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if check():
                return
        time.sleep(0.1)
    sys.exit(f"{what} did not start within {START_SECONDS_MAX} seconds; see {LOG}")


def listens(port):
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


@contextlib.contextmanager
def emulator(port):
    """MiniStack gives its own AWS_ENDPOINT_URL to the functions that it runs."""
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AWS_ENDPOINT_URL": endpoint,
        "IOT_MTLS_ENABLED": "0", "AUTH": "true",
    }
    with LOG.open("w") as log:
        command = [sys.executable, str(pathlib.Path(__file__).with_name("ministack_fast.py"))]
        with process(command, env=environment, stdout=log, stderr=log):
            wait_until("MiniStack", lambda: listens(port))
            yield endpoint


class Aws:
    def __init__(self, endpoint):
        self.keys = dict(
            endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )

    def client(self, service):
        return boto3.client(service, **self.keys)

    def upload(self, names):
        """Zips each binary as Lambda wants it and returns where it lies."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        code = {}
        for function, name in names.items():
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
                entry = zipfile.ZipInfo("bootstrap")
                entry.external_attr = 0o755 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                zipped.writestr(entry, (BINARIES / name).read_bytes())
            s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=archive.getvalue())
            code[function] = f"s3://{BUCKET}/{name}.zip"
        return code

    def deploy(self, body, parameters):
        # From S3, because a template in the request may have 51,200 bytes only.
        self.client("s3").put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(body).encode())
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.keys['endpoint_url']}/{BUCKET}/template.json",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        while True:
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            if stack["StackStatus"].endswith(("FAILED", "ROLLBACK_COMPLETE")):
                for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
                    if "FAILED" in event["ResourceStatus"]:
                        print(event["LogicalResourceId"], event.get("ResourceStatusReason"))
                sys.exit("the stack was not created")
            time.sleep(0.1)


class Front(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the API, whose own address nobody could know before it was deployed."""

    protocol_version = "HTTP/1.1"
    emulator_port = 0
    api_host = ""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        api = http.client.HTTPConnection("127.0.0.1", self.emulator_port, timeout=60)
        api.request(self.command, self.path, body, {**headers, "Host": self.api_host})
        reply = api.getresponse()
        content = reply.read()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        api.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def serve_front(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Front)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    source = template.load()
    names = template.function_names(source)
    build(names.values())
    ports = [free_port() for _ in range(3)]
    emulator_port, front_port, simulator_port = ports
    public_url = f"http://127.0.0.1:{front_port}"
    simulator_url = f"http://127.0.0.1:{simulator_port}"
    simulator = [
        BINARIES / "textdesk-local", "--only-simulator", "--port", str(simulator_port),
        "--carrier", f"{simulator_url}/carrier/",
    ]
    with emulator(emulator_port) as endpoint, process(simulator):
        wait_until("the simulator", lambda: listens(simulator_port))
        aws = Aws(endpoint)
        parameters = {"PublicUrl": public_url, "SimulatedCarrier": "enabled"}
        outputs = aws.deploy(template.deployable(source, aws.upload(names), parameters), parameters)
        Front.emulator_port = emulator_port
        Front.api_host = outputs["ApiUrl"].split("//")[1]
        serve_front(front_port)
        key = aws.client("secretsmanager").get_secret_value(SecretId=outputs["OperatorKeyArn"])["SecretString"]
        environment = {
            **os.environ, "BASE_URL": public_url, "SIMULATOR_URL": simulator_url, "OPERATOR_KEY": key,
        }
        print(f"Deployed: {len(names)} functions at {public_url}; MiniStack's log is {LOG}")
        result = subprocess.run(TESTS, cwd=ROOT, env=environment)
        if "--keep" in sys.argv:
            input("Enter ends it. ")
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
