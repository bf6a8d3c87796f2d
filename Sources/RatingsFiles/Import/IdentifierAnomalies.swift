import Foundation
import Ratings

/// Ids of users and items that are likely not as they were meant: with white space or a quote at their ends, written
/// as integers in two ways, or told from another only by the case of letters or by how accents are encoded.
package final class IdentifierAnomalies {
  /// What is odd about the users' ids and the items'; nil for those that are integers.
  private let users: AnomalyDetector?
  private let items: AnomalyDetector?

  init(userType: IdentifierType, itemType: IdentifierType) {
    users = userType == .text ? AnomalyDetector() : nil
    items = itemType == .text ? AnomalyDetector() : nil
  }

  /// What is odd about the users' ids; nil where they are integers.
  var ofUsers: IDAnomalies? { users?.found }

  /// What is odd about the items' ids; nil where they are integers.
  var ofItems: IDAnomalies? { items?.found }

  /// Takes the ids of a rating into account, which are good as text.
  func consider(_ buffer: [UInt8], user: Range<Int>, item: Range<Int>) {
    users?.consider(buffer.span, user)
    items?.consider(buffer.span, item)
  }
}

/// What is odd about ids that are texts, each counted once.
package struct IDAnomalies: Equatable, Sendable {
  /// How an id is odd, and of which two it is.
  package struct Anomaly: Equatable, Sendable {
    package fileprivate(set) var count = 0
    /// Two ids in quotes, of which the first is odd, or is told from the second by little.
    package fileprivate(set) var examples: [String] = []
  }

  /// Ids with white space or a quote at their ends.
  package fileprivate(set) var badEnds = Anomaly()
  /// Ids that equal another but for the case of letters, the encoding of accents, or decimals that are
  /// zeros.
  package fileprivate(set) var alike = Anomaly()
}

/// Finds odd ids among texts. Memory is bounded: of ids beyond a limit nothing is told.
private final class AnomalyDetector {
  private(set) var found = IDAnomalies()
  /// The ids so far, by a hash of what they have in common with those that are alike, with the hash of the
  /// id itself and its position in ``texts``.
  private var known: [Int: (own: Int, text: Int)] = [:]
  private var counted: Set<Int> = []
  private var texts = TextColumn()
  private let limit: Int

  init(limit: Int = 500_000) { self.limit = limit }

  func consider(_ bytes: Span<UInt8>, _ field: Range<Int>) {
    let (own, alike) = Self.hashes(bytes, field)
    if let first = known[alike] {
      guard first.own != own, counted.count < limit, counted.insert(own).inserted else { return }
      note(bytes, field, besides: texts[first.text])
      return
    }
    let isNew = known.count < limit
    if isNew {
      known[alike] = (own, texts.count)
      texts.append(utf8: bytes.extracting(field))
    }
    if isNew || counted.count < limit, Self.hasBadEnds(bytes, field),
      isNew || counted.insert(own).inserted
    {
      noteBadEnds(bytes, field)
    }
  }

  private func noteBadEnds(_ bytes: Span<UInt8>, _ field: Range<Int>) {
    found.badEnds.count += 1
    if found.badEnds.examples.count < 2 {
      found.badEnds.examples.append(FieldText.quoted(bytes, field))
    }
  }

  private func note(_ bytes: Span<UInt8>, _ field: Range<Int>, besides other: String) {
    if Self.hasBadEnds(bytes, field) {
      noteBadEnds(bytes, field)
    } else {
      found.alike.count += 1
      if found.alike.examples.isEmpty {
        found.alike.examples = [
          FieldText.quoted(bytes, field), "\"\(FieldText.shown(other))\"",
        ]
      }
    }
  }

  private static func hasBadEnds(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    guard let first = field.first, let last = field.last else { return false }
    if bytes[first] < 0x80, bytes[last] < 0x80 {
      return bytes[first] <= 0x20 || bytes[last] <= 0x20 || bytes[first] == quote
        || bytes[last] == quote
    }
    guard let text = FieldText.decoded(bytes, field) else { return false }
    return text.first?.isWhitespace == true || text.last?.isWhitespace == true
  }

  /// A hash of the id, and one that ids which are alike have in common.
  private static func hashes(_ bytes: Span<UInt8>, _ field: Range<Int>) -> (own: Int, alike: Int) {
    var own = FNV1a()
    var isASCII = true
    for position in field {
      own.combine(bytes[position])
      if bytes[position] >= 0x80 { isASCII = false }
    }
    let part = DecimalNumber.trimmingSpaces(
      bytes, DecimalNumber.withoutZeroDecimals(bytes, field) ?? field)
    var alike = FNV1a()
    if isASCII {
      for position in part {
        let byte = bytes[position]
        alike.combine(byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte)
      }
    } else {
      let text = (FieldText.decoded(bytes, part) ?? "").lowercased()
        .precomposedStringWithCanonicalMapping
      for byte in text.utf8 { alike.combine(byte) }
    }
    return (Int(bitPattern: own.value), Int(bitPattern: alike.value))
  }
}

/// A quick hash of bytes (Fowler, Noll and Vo, 64 bits): of ids that somebody chose to have in common, the
/// count of anomalies alone would suffer.
private struct FNV1a {
  private(set) var value: UInt = 14_695_981_039_346_656_037

  mutating func combine(_ byte: UInt8) { value = (value ^ UInt(byte)) &* 1_099_511_628_211 }
}
