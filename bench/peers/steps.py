"""One step of style transfer and of deep dream in PyTorch, for bench/speed.ts to compare with.

Reads a job a line, {"kind": "style" | "style of maxima" | "dream", "size": pixels, "threads": n,
"device": "cpu" | "cuda"}, and answers {"seconds": s} for one step: forward pass, losses and the gradient of the image,
from an image in the computer's memory to a gradient there. Weights are random with He's variance: the time does not
depend on them.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


def conv(into, out, kernel, stride=1):
    layer = nn.Conv2d(into, out, kernel, stride, kernel // 2)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer.requires_grad_(False)


class Vgg19(nn.Module):
    """Up to conv5_1: five style layers and conv4_2 for the content (Gatys et al. 2016)."""

    def __init__(self, pool):
        super().__init__()
        self.pool = pool
        widths, into = [(64, 2), (128, 2), (256, 4), (512, 4), (512, 1)], 3
        self.blocks = nn.ModuleList()
        for width, count in widths:
            block = nn.ModuleList()
            for _ in range(count):
                block.append(conv(into, width, 3))
                into = width
            self.blocks.append(block)

    def forward(self, x):
        styles, content = [], None
        for b, block in enumerate(self.blocks):
            if b > 0:
                x = self.pool(x, 2)
            for c, layer in enumerate(block):
                x = F.relu(layer(x), inplace=False)
                if c == 0:
                    styles.append(x)
                if (b, c) == (3, 1):
                    content = x
        return styles, content


class Inception(nn.Module):
    def __init__(self, into, one, three_in, three, five_in, five, pooled):
        super().__init__()
        self.one = conv(into, one, 1)
        self.three_in, self.three = conv(into, three_in, 1), conv(three_in, three, 3)
        self.five_in, self.five = conv(into, five_in, 1), conv(five_in, five, 5)
        self.pooled = conv(into, pooled, 1)

    def forward(self, x):
        branches = [
            self.one(x),
            self.three(F.relu(self.three_in(x))),
            self.five(F.relu(self.five_in(x))),
            self.pooled(F.max_pool2d(x, 3, 1, 1)),
        ]
        return F.relu(torch.cat(branches, 1))


class GoogLeNet(nn.Module):
    """Up to inception_4c/output (Szegedy et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.reduce, self.conv2 = conv(3, 64, 7, 2), conv(64, 64, 1), conv(64, 192, 3)
        self.three = nn.Sequential(
            Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64)
        )
        self.four = nn.Sequential(
            Inception(480, 192, 96, 208, 16, 48, 64),
            Inception(512, 160, 112, 224, 24, 64, 64),
            Inception(512, 128, 128, 256, 24, 64, 64),
        )

    def forward(self, x):
        pool = lambda y: F.max_pool2d(y, 3, 2, ceil_mode=True)
        normalise = lambda y: F.local_response_norm(y, 5, 1e-4, 0.75, 1.0)
        x = normalise(pool(F.relu(self.conv1(x))))
        x = pool(normalise(F.relu(self.conv2(F.relu(self.reduce(x))))))
        return self.four(pool(self.three(x)))


def gram(x):
    flat = x.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def noise(size):
    return torch.rand(1, 3, size, size) * 255 - 128


def style(network, size, device):
    with torch.no_grad():
        styles, content = network(noise(size).to(device))
        targets = [gram(s) for s in styles]

    def loss(image):
        own, features = network(image)
        distances = [F.mse_loss(gram(layer), target) for layer, target in zip(own, targets)]
        return F.mse_loss(features, content) + sum(distances)

    return timed(loss, size, device)


def dream(network, size, device):
    return timed(lambda image: network(image).square().sum() / 2, size, device)


def timed(loss, size, device):
    start = noise(size)
    begun = time.perf_counter()
    image = start.to(device).requires_grad_()
    loss(image).backward()
    image.grad.cpu()
    return time.perf_counter() - begun


steps = {
    "style": (style, Vgg19(F.avg_pool2d)),
    "style of maxima": (style, Vgg19(F.max_pool2d)),
    "dream": (dream, GoogLeNet()),
}
print(json.dumps({"version": torch.__version__, "cuda": torch.cuda.is_available()}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    torch.set_num_threads(job["threads"])
    step, network = steps[job["kind"]]
    device = job["device"]
    print(json.dumps({"seconds": step(network.to(device), job["size"], device)}), flush=True)
