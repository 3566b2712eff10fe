"""Files in the exact layouts of the originals, at their size, written with h5py and with a protobuf encoder of its own;
imported by `reverie models import`; every value compared with its source. Takes the folder of the weights."""
import json, os, struct, subprocess, sys, tempfile, time
import h5py
import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))


def read_safetensors(file):
    with open(file, 'rb') as f:
        length = struct.unpack('<Q', f.read(8))[0]
        header = json.loads(f.read(length))
        data = f.read()
    header.pop('__metadata__', None)
    return {
        name: np.frombuffer(data[slice(*entry['data_offsets'])], {'F16': '<f2', 'F32': '<f4'}[entry['dtype']])
        .astype('<f4').reshape(entry['shape'])
        for name, entry in header.items()
    }


def by_layer(tensors):
    layers = {}
    for name, values in tensors.items():
        layer, role = name.rsplit('/', 1)
        layers.setdefault(layer, {})[role] = values
    return layers


def keras(file, tensors, dataset, below=None):
    with h5py.File(file, 'w') as f:
        root = f.create_group(below) if below else f
        layers = by_layer(tensors)
        names = ['input_1', *layers, 'block1_pool']
        root.attrs['layer_names'] = [name.encode() for name in names]
        root.attrs['backend'] = b'tensorflow'
        root.attrs['keras_version'] = b'2.0.0'
        for name in names:
            group = root.create_group(name)
            stored = {role: dataset(name, role) for role in layers.get(name, {})}
            group.attrs['weight_names'] = [path.encode() for path in stored.values()]
            for role, path in stored.items():
                group.create_dataset(path, data=layers[name][role])


def early(layer, role):
    return f'{layer}_{"W" if role == "kernel" else "b"}_1:0'


def late(layer, role):
    return f'{layer}/{role}:0'


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def chunk(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def number(field, n):
    return varint(field << 3) + varint(n)


def blob(values, old):
    if old:
        dims = (1, 1, 1, 1, *values.shape)[-4:]
        shape = b''.join(number(i + 1, n) for i, n in enumerate(dims))
        return shape + chunk(5, values.astype('<f4').tobytes())
    return chunk(5, values.astype('<f4').tobytes()) + chunk(7, chunk(1, b''.join(varint(n) for n in values.shape)))


def caffe(file, tensors, old):
    random = np.random.default_rng(1)
    auxiliary = {}
    for head, width in (('loss1', 512), ('loss2', 528)):
        for layer, shape in (('conv', (128, width, 1, 1)), ('fc', (1024, 2048)), ('classifier', (1000, 1024))):
            auxiliary[f'{head}/{layer}/weight'] = random.standard_normal(shape, dtype='f4')
            auxiliary[f'{head}/{layer}/bias'] = random.standard_normal(shape[0], dtype='f4')
    with open(file, 'wb') as f:
        f.write(chunk(1, b'GoogleNet'))
        for name, roles in by_layer({**tensors, **auxiliary}).items():
            blobs = [blob(roles[role], old) for role in ('weight', 'bias')]
            if old:
                layer = chunk(2, b'below') + chunk(3, name.encode()) + chunk(4, name.encode()) + number(5, 4)
                f.write(chunk(2, layer + b''.join(chunk(6, one) for one in blobs)))
            else:
                layer = chunk(1, name.encode()) + chunk(2, b'Convolution') + chunk(3, b'below') + chunk(4, name.encode())
                f.write(chunk(100, layer + b''.join(chunk(7, one) for one in blobs)))


def tree(pid):
    """The process and all below it."""
    try:
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            below = f.read().split()
    except FileNotFoundError:
        return []
    return [pid, *(each for child in below for each in tree(int(child)))]


def resident(pid):
    try:
        with open(f'/proc/{pid}/statm') as f:
            return int(f.read().split()[1]) * os.sysconf('SC_PAGESIZE')
    except (FileNotFoundError, ProcessLookupError):
        return 0


def imported(network, file, folder):
    command = ['node', '--import', 'tsx', 'src/cli/main.ts', 'models', 'import', network, file]
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, 'MODELS_DIR': folder}, stdout=subprocess.DEVNULL)
    whole = largest = 0
    while process.poll() is None:
        sizes = [resident(pid) for pid in tree(process.pid)] or [0]
        whole, largest = max(whole, sum(sizes)), max(largest, *sizes)
        time.sleep(0.01)
    assert process.returncode == 0, f'{network} was refused'
    return time.monotonic() - start, largest, whole


def run(weights):
    for network, what, write in (
        ('vgg19', 'h5py, first names', lambda file, tensors: keras(file, tensors, early)),
        ('vgg19', 'h5py, whole model', lambda file, tensors: keras(file, tensors, late, 'model_weights')),
        ('inception_v3', 'h5py, later names', lambda file, tensors: keras(file, tensors, late)),
        ('googlenet', 'caffemodel, V1', lambda file, tensors: caffe(file, tensors, True)),
        ('googlenet', 'caffemodel, new', lambda file, tensors: caffe(file, tensors, False)),
    ):
        source = read_safetensors(os.path.join(weights, f'{network}.safetensors'))
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, 'original')
            write(file, source)
            size = os.path.getsize(file)
            seconds, largest, whole = imported(network, file, folder)
            result = read_safetensors(os.path.join(folder, f'{network}.safetensors'))
        equal = sum(name in result and np.array_equal(values, result[name]) for name, values in source.items())
        print(
            f'{network} ({what}): {size} bytes, {equal} of {len(source)} tensors equal, {seconds:.1f} s, '
            f'{largest / 1e6:.0f} MB the reading process, {whole / 1e6:.0f} MB all together',
            flush=True,
        )


run(os.path.join(ROOT, sys.argv[1]))
