// What the kernels of the digest share.

fn is_bad(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}

fn is_suppressed(token: u32, request: u32) -> bool {
    for (var i = 0u; i < inputs.words[request + REQUEST_SUPPRESSED_COUNT]; i += 1u) {
        if (inputs.words[request + REQUEST_SUPPRESSED + i] == token) {
            return true;
        }
    }
    return false;
}

fn mean(token: u32, combined: u32, request: u32, vocab: u32) -> f32 {
    var sum = 0.0;
    for (var row = 0u; row < combined; row += 1u) {
        sum += bitcast<f32>(inputs.words[request + REQUEST_WEIGHTS + row]) * logits[row * vocab + token];
    }
    return sum * bitcast<f32>(inputs.words[request + REQUEST_INVERSE]);
}
