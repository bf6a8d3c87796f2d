import Foundation
import Ratings

/// Detects ids of users and items that are probably not as intended. They have white space or a quote at
/// their ends, are integers in two notations, or differ only by letter case or the encoding of accents.
package final class IdentifierAnomalies {
  private let users: AnomalyDetector
  private let items: AnomalyDetector

  init(userType: IdentifierType, itemType: IdentifierType) {
    users = AnomalyDetector(userType)
    items = AnomalyDetector(itemType)
  }

  /// The anomalies among the users' ids.
  var ofUsers: IDAnomalies { users.found }

  /// The anomalies among the items' ids.
  var ofItems: IDAnomalies { items.found }

  /// Checks the ids of a rating. They must be valid, and integers are in the given `forms`.
  func consider(
    _ buffer: [UInt8], user: Range<Int>, item: Range<Int>,
    forms: (user: IntegerForm, item: IntegerForm)
  ) {
    users.consider(buffer, user, forms.user)
    items.consider(buffer, item, forms.item)
  }
}

/// Anomalies among ids. A text id is counted once, an integer once a line.
package struct IDAnomalies: Equatable, Sendable {
  /// The count of an anomaly, with examples.
  package struct Anomaly: Equatable, Sendable {
    package fileprivate(set) var count = 0
    /// Two quoted ids: the first is anomalous, or hardly differs from the second.
    package fileprivate(set) var examples: [String] = []

    /// Counts the id in `field`, and keeps it as an example while there are few.
    fileprivate mutating func note(_ bytes: Span<UInt8>, _ field: Range<Int>) {
      count += 1
      if examples.count < 2 { examples.append(FieldText.quoted(bytes, field)) }
    }
  }

  /// Texts with white space or a quote at their ends.
  package fileprivate(set) var badEnds = Anomaly()
  /// Texts that equal another except for letter case, the encoding of accents, invisible characters, leading
  /// zeros or zero decimals.
  package fileprivate(set) var alike = Anomaly()
  /// Integers with decimals that are zeros, and the number of integers in plain form.
  package fileprivate(set) var withDecimals = Anomaly()
  package fileprivate(set) var plainCount = 0
  /// Integers with a plus sign or leading zeros.
  package fileprivate(set) var padded = Anomaly()
}

/// Detects anomalous ids. Memory is bounded: texts beyond a limit are not checked.
private final class AnomalyDetector {
  private(set) var found = IDAnomalies()
  private let type: IdentifierType
  /// The texts so far, by a hash that similar ids share, each with the hash of the id itself and its position
  /// in ``texts``.
  private var known: [Int: (own: Int, text: Int)] = [:]
  private var counted: Set<Int> = []
  private var texts = TextColumn()
  private let limit: Int

  init(_ type: IdentifierType, limit: Int = 500_000) {
    self.type = type
    self.limit = limit
  }

  func consider(_ buffer: [UInt8], _ field: Range<Int>, _ form: IntegerForm) {
    switch (type, form) {
    case (.text, _): consider(buffer.span, field)
    case (.integer, .plain): found.plainCount += 1
    case (.integer, .withZeroDecimals): found.withDecimals.note(buffer.span, field)
    case (.integer, .padded): found.padded.note(buffer.span, field)
    }
  }

  private func consider(_ bytes: Span<UInt8>, _ field: Range<Int>) {
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
      found.badEnds.note(bytes, field)
    }
  }

  private func note(_ bytes: Span<UInt8>, _ field: Range<Int>, besides other: String) {
    if Self.hasBadEnds(bytes, field) {
      found.badEnds.note(bytes, field)
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

  /// Returns a hash of the id, and a hash that similar ids share.
  private static func hashes(_ bytes: Span<UInt8>, _ field: Range<Int>) -> (own: Int, alike: Int) {
    var own = FNV1a()
    var isASCII = true
    for position in field {
      own.combine(bytes[position])
      if bytes[position] >= 0x80 { isASCII = false }
    }
    var part = DecimalNumber.trimmingSpaces(
      bytes, DecimalNumber.withoutZeroDecimals(bytes, field) ?? field)
    if isDigits(bytes, part) {
      while part.count > 1, bytes[part.lowerBound] == UInt8(ascii: "0") { part.removeFirst() }
    }
    var alike = FNV1a()
    if isASCII {
      for position in part {
        let byte = bytes[position]
        alike.combine(byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte)
      }
    } else {
      let text = (FieldText.decoded(bytes, part) ?? "").lowercased()
        .precomposedStringWithCanonicalMapping
      for scalar in text.unicodeScalars where scalar.properties.generalCategory != .format {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { alike.combine(byte) }
      }
    }
    return (Int(bitPattern: own.value), Int(bitPattern: alike.value))
  }

  private static func isDigits(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    for position in field where bytes[position] &- UInt8(ascii: "0") > 9 { return false }
    return true
  }
}

/// A fast hash of bytes (Fowler, Noll and Vo, 64 bits). Ids chosen to collide would only falsify the count of
/// anomalies.
private struct FNV1a {
  private(set) var value: UInt = 14_695_981_039_346_656_037

  mutating func combine(_ byte: UInt8) { value = (value ^ UInt(byte)) &* 1_099_511_628_211 }
}
