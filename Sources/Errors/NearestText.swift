/// Collects, from many texts, the few that are spelled most like one that was not found: for "did
/// you mean" beside an unknown id or title.
///
/// Near means a small edit distance in any letter case, where swapping two neighbouring letters is
/// one edit (optimal string alignment), or beginning with the text that was asked for. Texts
/// further away than a third of its length are no help and are left out. Time is about the product
/// of the two lengths for a text of similar length and constant for any other; memory is bounded by
/// the number kept.
package struct NearestText: Sendable {
  private let sought: [Unicode.Scalar]
  private let count: Int
  private let limit: Int
  private var kept: [Match] = []
  private var rows: [[Int]]

  /// The longest text that something is looked for near to, in scalars: nobody mistypes a longer one.
  private static let longest = 256

  /// Starts a search for at most `count` texts near `sought`; a text of more than 256 scalars is near to none.
  package init(to sought: String, count: Int) {
    // A scalar takes at most 4 bytes: what is far longer is not even read.
    let isLong = sought.utf8.count > 4 * Self.longest
    self.sought = isLong ? [] : Array(sought.lowercased().unicodeScalars)
    self.count = isLong || self.sought.count > Self.longest ? 0 : count
    limit = max(1, self.sought.count / 3)
    rows = Array(repeating: Array(repeating: 0, count: self.sought.count + 1), count: 3)
  }

  /// The one of `names` that is spelled most like `text`; nil when none is near.
  package static func nearest(to text: String, among names: some Sequence<String>) -> String? {
    var nearest = NearestText(to: text, count: 1)
    for name in names { nearest.consider(name) }
    return nearest.matches.first
  }

  /// The nearest texts so far, nearest first, equally near ones in the order of their bytes.
  package var matches: [String] { kept.map(\.text) }

  /// Keeps `candidate` if it is among the nearest so far.
  package mutating func consider(_ candidate: String) {
    // A scalar takes 1 to 4 bytes: most texts are sorted out by their length alone.
    let mayBeginWithSought = candidate.utf8.count >= sought.count
    guard count > 0, mayBeginWithSought || candidate.utf8.count + limit >= sought.count else {
      return
    }
    let scalars = Array(candidate.lowercased().unicodeScalars)
    let distance: Int
    if let edits = editDistance(to: scalars) {
      distance = edits
    } else if !sought.isEmpty, scalars.starts(with: sought) {
      distance = limit
    } else {
      return
    }
    let match = Match(distance: distance, text: candidate)
    let position = kept.firstIndex { match.precedes($0) } ?? kept.count
    guard position < count else { return }
    kept.insert(match, at: position)
    if kept.count > count { kept.removeLast() }
  }

  /// The number of edits between `sought` and `text`; nil when there are more than `limit`.
  private mutating func editDistance(to text: [Unicode.Scalar]) -> Int? {
    guard abs(text.count - sought.count) <= limit else { return nil }
    // rows[(row + 1) % 3] is row `row` of the table, and the two before it stand in the other two.
    for column in 0...sought.count { rows[1][column] = column }
    for row in stride(from: 1, through: text.count, by: 1) {
      let (current, above, twoAbove) = ((row + 1) % 3, row % 3, (row + 2) % 3)
      rows[current][0] = row
      var best = row
      for column in stride(from: 1, through: sought.count, by: 1) {
        let differs = text[row - 1] == sought[column - 1] ? 0 : 1
        var edits = min(
          rows[above][column] + 1, rows[current][column - 1] + 1,
          rows[above][column - 1] + differs)
        if row > 1, column > 1, text[row - 1] == sought[column - 2],
          text[row - 2] == sought[column - 1]
        {
          edits = min(edits, rows[twoAbove][column - 2] + 1)
        }
        rows[current][column] = edits
        best = min(best, edits)
      }
      if best > limit { return nil }
    }
    let edits = rows[(text.count + 1) % 3][sought.count]
    return edits <= limit ? edits : nil
  }
}

/// A kept text and how far from the one sought it is.
private struct Match: Sendable {
  let distance: Int
  let text: String

  /// Whether this match is shown before `other`: it is nearer, or as near with lesser bytes.
  func precedes(_ other: Match) -> Bool {
    distance != other.distance
      ? distance < other.distance : text.utf8.lexicographicallyPrecedes(other.text.utf8)
  }
}
