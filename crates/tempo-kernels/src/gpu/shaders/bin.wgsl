// The bin of a logit: by how far it is below the largest of its row, so that the best are in the highest. Nothing is rounded
// but the difference, and that in the same way wherever it is computed.
fn bin_of(most: f32, z: f32) -> u32 {
    return BINS - 1u - u32(clamp((most - z) * BINS_PER_NAT, 0.0, f32(BINS - 1u)));
}
