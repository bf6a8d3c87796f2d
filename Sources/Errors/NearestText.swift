/// Finds the few texts spelled most like one that was not found, for a "did you mean" suggestion beside an unknown id
/// or title.
///
/// Texts are ranked by case-insensitive edit distance, where swapping two adjacent letters counts as one edit (optimal
/// string alignment). Texts that begin with the one sought also match. Texts further away than a third of its length
/// are left out. Time is proportional to the product of the two lengths for texts of similar length and constant for
/// all others. Memory is bounded by the number of matches kept.
package struct NearestText: Sendable {
  private let sought: [Unicode.Scalar]
  private let count: Int
  private let limit: Int
  private var kept: [Match] = []
  private var rows: [[Int]]

  /// The longest text to search for, in scalars: nobody mistypes a longer one.
  private static let longest = 256

  /// Starts a search for at most `count` texts near `sought`. A text of more than 256 scalars has no matches.
  package init(to sought: String, count: Int) {
    // A scalar takes at most 4 bytes, so a text far over the limit is not even read.
    let isLong = sought.utf8.count > 4 * Self.longest
    self.sought = isLong ? [] : Array(sought.lowercased().unicodeScalars)
    self.count = isLong || self.sought.count > Self.longest ? 0 : count
    limit = max(1, self.sought.count / 3)
    rows = Array(repeating: Array(repeating: 0, count: self.sought.count + 1), count: 3)
  }

  /// Returns the one of `names` spelled most like `text`, or nil if none is near.
  package static func nearest(to text: String, among names: some Sequence<String>) -> String? {
    var nearest = NearestText(to: text, count: 1)
    for name in names { nearest.consider(name) }
    return nearest.matches.first
  }

  /// The nearest texts so far, nearest first, with ties in byte order.
  package var matches: [String] { kept.map(\.text) }

  /// Keeps `candidate` if it is among the nearest so far.
  package mutating func consider(_ candidate: String) {
    // A scalar takes 1 to 4 bytes, so most texts are rejected by length alone.
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

  /// Returns the number of edits between `sought` and `text`, or nil if there are more than `limit`.
  private mutating func editDistance(to text: [Unicode.Scalar]) -> Int? {
    guard abs(text.count - sought.count) <= limit else { return nil }
    // rows[(row + 1) % 3] is row `row` of the table. The other two hold the two rows before it.
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

/// A match and its distance from the text sought.
private struct Match: Sendable {
  let distance: Int
  let text: String

  /// Whether this match ranks before `other`: it is nearer, or equally near and less in byte order.
  func precedes(_ other: Match) -> Bool {
    distance != other.distance
      ? distance < other.distance : text.utf8.lexicographicallyPrecedes(other.text.utf8)
  }
}
