//! A long pass is cut into chunks, which give the same when they are computed in order.

use std::ops::Range;

use crate::{DigestRequest, InSet, LogitsRequest, MOST_DIGEST_ROWS, MOST_LISTS, MOST_SUPPRESSED, MOST_TOLD_ROWS, Pass};

/// A part of a pass that is computed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which of the pass's queries.
    pub queries: Range<usize>,
    /// Cache rows that are read, from row 0 on.
    pub context: usize,
    /// Those of the chunk's own queries whose logits are wanted, counted from its first query.
    pub logits: Range<usize>,
    /// Those of them whose attention is measured.
    pub measured: Range<usize>,
    /// Which row of the pass's logits the first of `logits` is.
    pub first_logits: usize,
    /// Whether it adds to the attention received. All rows of the pass are read then.
    pub measures: bool,
    /// Whether it ends with the digest that the pass asks for.
    pub digests: bool,
}

/// Cuts a pass into chunks of at most `most` queries, in the order of the queries.
///
/// Members of one set may see each other, so a set is split only where they do not, however large it is. That an earlier
/// chunk needs nothing of a later one holds as long as sets come in order; where they do not, the pass stays whole.
pub fn chunks(pass: &Pass, most: usize) -> Vec<Chunk> {
    let all = 0..pass.queries.len();
    if all.len() <= most || !pass.queries.is_sorted_by_key(|query| query.set) {
        return vec![chunk(pass, all, pass.keys.len())];
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for set in pass.queries.chunk_by(|a, b| a.set == b.set && pass.in_set != InSet::Isolated) {
        let end = start + set.len();
        match parts.last_mut() {
            Some(part) if end - part.start <= most => part.end = end,
            _ => parts.push(start..end),
        }
        start = end;
    }
    let part = |queries: Range<usize>| {
        // Rows of later sets are seen by no query.
        let last = pass.queries[queries.end - 1].set;
        let context = pass.keys.iter().rposition(|key| key.set <= last).map_or(0, |row| row + 1);
        chunk(pass, queries, context)
    };
    parts.into_iter().map(part).collect()
}

fn chunk(pass: &Pass, queries: Range<usize>, context: usize) -> Chunk {
    let own = |i: usize| i.clamp(queries.start, queries.end) - queries.start;
    let logits = own(pass.logits.start)..own(pass.logits.end);
    let measured = pass.measured();
    let measured = own(measured.start)..own(measured.end);
    let measures = pass.measures() && !measured.is_empty();
    Chunk {
        context: if measures { pass.keys.len() } else { context },
        first_logits: (queries.start + logits.start).saturating_sub(pass.logits.start),
        digests: logits.len() == pass.logits.len() && can_digest(pass),
        measures,
        measured,
        logits,
        queries,
    }
}

/// Whether a graphics device can make the digest or the lists that a pass asks for.
fn can_digest(pass: &Pass) -> bool {
    let rows = pass.logits.len();
    match &pass.digest {
        Some(LogitsRequest::Combined(DigestRequest { weights, suppressed, .. })) => {
            let combined = 1..=rows.min(MOST_DIGEST_ROWS);
            rows <= MOST_TOLD_ROWS && combined.contains(&weights.len()) && suppressed.len() <= MOST_SUPPRESSED
        }
        Some(LogitsRequest::EachRow { .. }) => (1..=MOST_LISTS).contains(&rows),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CombineRule;
    use crate::testing::Feed;

    /// Where the chunks end, each of which begins where the one before ends.
    fn ends(chunks: &[Chunk]) -> Vec<usize> {
        let starts = std::iter::once(0).chain(chunks.iter().map(|chunk| chunk.queries.end));
        assert!(chunks.iter().zip(starts).all(|(chunk, start)| chunk.queries.start == start), "{chunks:?}");
        chunks.iter().map(|chunk| chunk.queries.end).collect()
    }

    #[test]
    fn sets_whose_members_see_each_other_stay_whole() {
        for (in_set, want) in
            [(InSet::Isolated, [4, 8, 10]), (InSet::Visible, [2, 8, 10]), (InSet::Ordered, [2, 8, 10])]
        {
            let pass = Feed::default().sets(&[1, 1, 6, 2], in_set, 3);
            assert_eq!(ends(&chunks(&pass, 4)), want, "{in_set:?}");
            assert_eq!(ends(&chunks(&pass, 10)), [10]);
        }
    }

    #[test]
    fn sets_out_of_order_stay_in_one_chunk() {
        let mut pass = Feed::default().sets(&[1, 1, 1, 1], InSet::Isolated, 3);
        pass.queries.swap(0, 3);
        assert_eq!(ends(&chunks(&pass, 2)), [4]);
    }

    #[test]
    fn a_chunk_reads_its_own_sets_unless_it_measures_and_has_its_share_of_the_logits() {
        let mut pass = Feed::default().sets(&[1; 10], InSet::Isolated, 3);
        pass.logits = 5..10;
        let found = chunks(&pass, 4);
        let parts: Vec<_> = found.iter().map(|c| (c.context, c.logits.clone(), c.first_logits, c.measures)).collect();
        assert_eq!(parts, [(4, 4..4, 0, false), (10, 1..4, 0, true), (10, 0..2, 3, true)]);
        pass.layer_weights.clear();
        assert_eq!(chunks(&pass, 4).iter().map(|chunk| chunk.context).collect::<Vec<_>>(), [4, 8, 10]);
    }

    #[test]
    fn the_chunk_with_all_logits_digests() {
        let mut pass = Feed::default().sets(&[1, 1, 1, 3], InSet::Isolated, 3);
        let combined = |rows: usize| DigestRequest {
            rule: CombineRule::Mixture,
            weights: vec![1.0 / rows as f32; rows],
            temperature: 1.0,
            suppressed: Vec::new(),
        };
        let request = |rows: usize| LogitsRequest::Combined(combined(rows));
        pass.digest = Some(request(3));
        assert_eq!(chunks(&pass, 3).iter().map(|chunk| chunk.digests).collect::<Vec<_>>(), [false, true]);
        // No chunk has all of them, or there are too many, or fewer than weights.
        assert!(chunks(&pass, 2).iter().all(|chunk| !chunk.digests));
        pass.digest = Some(request(4));
        assert!(chunks(&pass, 6).iter().all(|chunk| !chunk.digests));
        pass.digest = Some(request(2));
        assert!(chunks(&pass, 6)[0].digests, "a row follows");
        let mut long = Feed::default().sets(&[17], InSet::Isolated, 3);
        long.digest = Some(request(17));
        assert!(chunks(&long, 17).iter().all(|chunk| !chunk.digests));
        long.logits = 1..17;
        long.digest = Some(request(16));
        assert!(chunks(&long, 17)[0].digests);
        let mut followed = Feed::default().sets(&[49], InSet::Isolated, 3);
        followed.digest = Some(request(16));
        assert!(!chunks(&followed, 64)[0].digests);
        followed.logits.end -= 1;
        assert!(chunks(&followed, 64)[0].digests, "more rows follow than are combined");
        let suppressed = vec![0; MOST_SUPPRESSED + 1];
        long.digest = Some(LogitsRequest::Combined(DigestRequest { suppressed, ..combined(16) }));
        assert!(!chunks(&long, 17)[0].digests);
        long.digest = Some(LogitsRequest::EachRow { temperature: 1.0 });
        assert!(chunks(&long, 17)[0].digests);
        let mut longer = Feed::default().sets(&[65], InSet::Isolated, 3);
        longer.digest.clone_from(&long.digest);
        assert!(!chunks(&longer, 65)[0].digests);
    }

    #[test]
    fn what_other_lanes_look_at_is_not_measured() {
        let mut pass = Feed::default().sets(&[1, 1, 8], InSet::Isolated, 3);
        pass.queries[6..].iter_mut().for_each(|query| query.lane = 3);
        assert_eq!(pass.measured(), 2..6);
        let parts: Vec<_> = chunks(&pass, 5).into_iter().map(|c| (c.logits, c.measured, c.measures)).collect();
        assert_eq!(parts, [(2..5, 2..5, true), (0..5, 0..1, true)]);
        pass.queries[2].lane = 1;
        assert!(!pass.measures());
    }
}
