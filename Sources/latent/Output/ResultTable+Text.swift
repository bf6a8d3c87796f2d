import Foundation

extension ResultTable {
  /// Returns columns padded to the widest cell, with numbers right-aligned and two spaces in between. For a terminal,
  /// lines fit its width: texts are cut or wrapped according to their columns, columns without room follow in a block
  /// below, and the heading is emphasised if the terminal can.
  func alignedText(for terminal: Terminal?) -> String {
    let shown = rows.map { row in row.map(\.shown) }
    var widths = columns.indices.map { column in
      max(columns[column].heading.terminalWidth, shown.map { $0[column].terminalWidth }.max() ?? 0)
    }
    let toTheRight = columns.indices.map { column in
      rows.contains { $0[column].isNumber }
        && rows.allSatisfy { $0[column].isNumber || $0[column].isMissing }
    }
    var blocks = [Array(columns.indices)]
    if let terminal {
      narrow(&widths, to: terminal.width)
      blocks = Self.blocks(of: widths, labelCount: labelCount, within: terminal.width)
    }
    func line(_ cells: [String], _ block: [Int]) -> String {
      var line = ""
      for (place, column) in block.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cells[column].terminalWidth)
        line += place == 0 ? "" : "  "
        line += toTheRight[column] ? padding + cells[column] : cells[column] + padding
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }
    /// Returns a row of cells as one or more lines.
    func lines(_ cells: [String], _ block: [Int]) -> String {
      let parts = columns.indices.map { column -> [String] in
        guard block.contains(column) else { return [""] }
        return columns[column].fit == .cut
          ? [cells[column].cut(to: widths[column])] : cells[column].wrapped(to: widths[column])
      }
      return (0..<(parts.map(\.count).max() ?? 1)).map { number in
        line(parts.map { number < $0.count ? $0[number] : "" }, block)
      }.joined()
    }
    return blocks.map { block in
      let heading = line(columns.map(\.heading), block)
      return (terminal?.emphasized(heading) ?? heading) + shown.map { lines($0, block) }.joined()
    }.joined(separator: "\n")
  }

  /// Narrows the widest columns that can be narrowed until a line fits into `limit`, or all are at their minimum.
  private func narrow(_ widths: inout [Int], to limit: Int) {
    var excess = widths.reduce(2 * (widths.count - 1), +) - limit
    while excess > 0 {
      let room = columns.indices.filter { column in
        // An id may be very long: there must be room for two of them side by side.
        let least = columns[column].fit.leastWidth ?? max(1, (limit - 2) / 2)
        return widths[column] > max(columns[column].heading.terminalWidth, least)
      }
      guard let widest = room.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
      excess -= 1
    }
  }

  /// Divides the columns into blocks that are written below one another, each beginning with the labels.
  private static func blocks(of widths: [Int], labelCount: Int, within limit: Int) -> [[Int]] {
    let labels = Array(widths.indices.prefix(labelCount))
    var blocks = [labels]
    for column in widths.indices.dropFirst(labelCount) {
      let block = blocks[blocks.count - 1] + [column]
      let width = block.reduce(2 * (block.count - 1)) { $0 + widths[$1] }
      if width > limit, block.count > labels.count + 1 {
        blocks.append(labels + [column])
      } else {
        blocks[blocks.count - 1] = block
      }
    }
    return blocks
  }

  /// Returns an array of objects, one per line; a missing cell is null.
  func jsonText() -> String {
    guard !rows.isEmpty else { return "[]\n" }
    let objects = rows.map { row in
      let members = zip(columns, row).map { "\($0.key.jsonQuoted): \($1.json)" }
      return "  {" + members.joined(separator: ", ") + "}"
    }
    return "[\n" + objects.joined(separator: ",\n") + "\n]\n"
  }

  /// Returns CSV according to RFC 4180 with the keys as header, except that lines end with LF as usual on the command
  /// line. A missing cell is empty, a list is joined by `|`.
  func csvText() -> String {
    let header = columns.map(\.key.csvQuoted).joined(separator: ",") + "\n"
    return header
      + rows.map { $0.map(\.plain.csvQuoted).joined(separator: ",") + "\n" }.joined()
  }
}

extension ResultTable.Column.Fit {
  /// The minimum width in terminal columns for legible texts; nil for texts that stay on one line if possible.
  fileprivate var leastWidth: Int? {
    switch self {
    case .whole: nil
    case .cut: 12
    case .wrapped: 20
    }
  }
}

extension ResultTable.Cell {
  /// Whether the cell is missing.
  var isMissing: Bool {
    if case .missing = self { true } else { false }
  }

  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .number: true
    case .text, .list, .missing: false
    }
  }

  /// The text for people: numbers are rounded, a missing cell is a dash, and control characters are replaced, so that a
  /// title can't control the terminal.
  fileprivate var shown: String {
    switch self {
    case .number(let number, let decimals): String(format: "%.\(decimals)f", number)
    case .list(let texts): texts.joined(separator: ", ").withoutControls
    case .missing: "-"
    default: plain.withoutControls
    }
  }

  /// The text for programs, in full precision.
  var plain: String {
    switch self {
    case .text(let text): text
    case .integer(let integer): String(integer)
    case .number(let number, _): String(number)
    case .list(let texts): texts.joined(separator: "|")
    case .missing: ""
    }
  }

  var json: String {
    switch self {
    case .text(let text): text.jsonQuoted
    case .number(let number, _) where !number.isFinite: "null"
    case .list(let texts): "[" + texts.map(\.jsonQuoted).joined(separator: ", ") + "]"
    case .missing: "null"
    default: plain
    }
  }
}

extension Character {
  /// The character's width in terminal columns: two for wide East Asian characters and emoji.
  fileprivate var terminalWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    let isWide =
      first.properties.isEmojiPresentation
      || (0x1100...0x115F).contains(first.value) || (0x2E80...0xA4CF).contains(first.value)
      || (0xAC00...0xD7A3).contains(first.value) || (0xF900...0xFAFF).contains(first.value)
      || (0xFE30...0xFE6F).contains(first.value) || (0xFF00...0xFF60).contains(first.value)
      || (0x20000...0x3FFFD).contains(first.value)
    return isWide ? 2 : 1
  }
}

extension String {
  /// The text's width in terminal columns: two for wide East Asian characters and emoji, none for combining marks.
  fileprivate var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }

  /// Returns the text, shortened with an ellipsis if it is wider than `limit` terminal columns.
  fileprivate func cut(to limit: Int) -> String {
    guard terminalWidth > limit else { return self }
    var width = 0
    let kept = prefix { character in
      width += character.terminalWidth
      return width < limit
    }
    return kept + "…"
  }

  /// Returns the text in lines of up to `limit` terminal columns, broken at spaces if possible.
  fileprivate func wrapped(to limit: Int) -> [String] {
    guard terminalWidth > limit else { return [self] }
    var lines = [""]
    for word in split(separator: " ") {
      var rest = String(word)
      let room = limit - lines[lines.count - 1].terminalWidth
      if lines[lines.count - 1].isEmpty || rest.terminalWidth + 1 > room {
        if !lines[lines.count - 1].isEmpty { lines.append("") }
        while rest.terminalWidth > limit {
          var width = 0
          let head = rest.prefix { character in
            width += character.terminalWidth
            return width <= limit
          }
          guard !head.isEmpty else { break }
          lines[lines.count - 1] = String(head)
          lines.append("")
          rest.removeFirst(head.count)
        }
        lines[lines.count - 1] = rest
      } else {
        lines[lines.count - 1] += " " + rest
      }
    }
    return lines
  }

  /// The text with control characters replaced, with which a title could control a terminal.
  var withoutControls: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    var clean = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      clean.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return String(clean)
  }

  /// The text as a field of RFC 4180.
  var csvQuoted: String {
    let isPlain = utf8.allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x0A && $0 != 0x0D }
    if isPlain { return self }
    return "\"" + replacing("\"", with: "\"\"") + "\""
  }

  /// The text as a JSON string.
  var jsonQuoted: String {
    // Most texts need no escapes, and an encoder for each is slow.
    let isPlain = utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
    if isPlain { return "\"\(self)\"" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let quoted = try? encoder.encode(self) else { preconditionFailure("a text has no JSON") }
    return String(decoding: quoted, as: UTF8.self)
  }
}
