"""Plain neural style transfer in PyTorch (Gatys et al. 2016), for bench/curve.ts to compare with.

The picture is a tensor of pixels in [0,1] that starts as the content, at full size only. Adam with a learning rate of 0.02
and PyTorch's other defaults; pixels are clamped after each step. VGG19 with max pools and zero padding; the content loss at
conv4_2 and the mean of the style losses at conv1_1 … conv5_1 are each divided by the energy of their target, alpha 1 : beta 10.

Reads a job a line and answers {"seconds": s}, the time that the job took:
  {"kind": "open", "weights": file, "threads": n, "device": "cpu" | "cuda"}
  {"kind": "start", "content": picture, "style": picture}, a picture being {"width", "height", "rgb": base64}
  {"kind": "step"}
  {"kind": "picture"}, which also answers "rgb"
"""

import base64
import json
import struct
import sys
import time

import torch
from torch.nn import functional as F

BLOCKS = (2, 2, 4, 4, 1)
CONTENT = "block4_conv2"
MEAN = (103.939, 116.779, 123.68)
ALPHA, BETA, RATE = 1, 10, 0.02


def read(file):
    """The tensors of a safetensors file by name, as float32."""
    with open(file, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = bytearray(f.read())
    header.pop("__metadata__", None)
    types = {"F16": torch.float16, "F32": torch.float32}
    return {
        name: torch.frombuffer(data[slice(*entry["data_offsets"])], dtype=types[entry["dtype"]])
        .reshape(entry["shape"])
        .float()
        for name, entry in header.items()
    }


def gram(x):
    flat = x.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def relative(x, target):
    return (x - target).square().sum() / target.square().sum()


class Vgg19:
    def __init__(self, file, device):
        tensors = read(file)
        self.mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
        self.layers = []
        for block, count in enumerate(BLOCKS, 1):
            for convolution in range(1, count + 1):
                name = f"block{block}_conv{convolution}"
                kernel = tensors[f"{name}/kernel"].permute(3, 2, 0, 1).contiguous()
                self.layers.append((name, kernel.to(device), tensors[f"{name}/bias"].to(device)))

    def __call__(self, image):
        """The Gram matrices of the five style layers, and the content layer."""
        x, grams, content = image[:, [2, 1, 0]] * 255 - self.mean, [], None
        for name, kernel, bias in self.layers:
            first = name.endswith("_conv1")
            if first and grams:
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(x, kernel, bias, padding=1))
            if first:
                grams.append(gram(x))
            if name == CONTENT:
                content = x
        return grams, content


class Transfer:
    def __init__(self, network, device, content, style):
        self.network = network
        with torch.no_grad():
            self.content = network(planes(content, device))[1]
            self.grams = network(planes(style, device))[0]
        self.image = planes(content, device).requires_grad_()
        self.adam = torch.optim.Adam([self.image], lr=RATE)

    def step(self):
        grams, content = self.network(self.image)
        styles = [relative(g, target) for g, target in zip(grams, self.grams)]
        loss = ALPHA * relative(content, self.content) + BETA * sum(styles) / len(styles)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        with torch.no_grad():
            self.image.clamp_(0, 1)
        loss.item()  # waits for a GPU

    def rgb(self):
        values = self.image.detach()[0].permute(1, 2, 0) * 255
        return base64.b64encode(values.round().byte().cpu().contiguous().numpy().tobytes()).decode()


def planes(picture, device):
    data = torch.frombuffer(bytearray(base64.b64decode(picture["rgb"])), dtype=torch.uint8)
    values = data.reshape(1, picture["height"], picture["width"], 3).permute(0, 3, 1, 2)
    return (values.float() / 255).contiguous().to(device)


print(json.dumps({"version": torch.__version__, "cuda": torch.cuda.is_available()}), flush=True)
for line in sys.stdin:
    job, answer = json.loads(line), {}
    begun = time.perf_counter()
    match job["kind"]:
        case "open":
            torch.set_num_threads(job["threads"])
            device = job["device"]
            network = Vgg19(job["weights"], device)
        case "start":
            transfer = Transfer(network, device, job["content"], job["style"])
        case "step":
            transfer.step()
        case "picture":
            answer = {"rgb": transfer.rgb()}
    print(json.dumps({"seconds": time.perf_counter() - begun, **answer}), flush=True)
