/// A field of characters each of which shows two by four dots (Unicode's Braille patterns), or a sign.
struct BrailleCanvas {
  /// In characters.
  let width: Int
  let height: Int
  /// By character, a bit for each dot.
  private var dots: [UInt8]
  private var signs: [Int: Character] = [:]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    dots = Array(repeating: 0, count: width * height)
  }

  var dotWidth: Int { width * 2 }
  var dotHeight: Int { height * 4 }

  /// Sets the dot in column `x` and row `y`, from the upper left.
  mutating func set(x: Int, y: Int) {
    // In the patterns' own order: three rows of the left column, of the right one, then the fourth row.
    let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    dots[y / 4 * width + x / 2] |= bits[y % 4 * 2 + x % 2]
  }

  /// Puts a sign where the dot is, over all other dots of its character.
  mutating func set(_ sign: Character, x: Int, y: Int) { signs[y / 4 * width + x / 2] = sign }

  /// Puts a sign where the dot is, or beside it where another sign stands already: so that each is seen.
  mutating func mark(_ sign: Character, x: Int, y: Int) {
    let (row, column) = (y / 4, x / 2)
    let free = (0..<width).sorted { abs($0 - column) < abs($1 - column) }
      .first { signs[row * width + $0] == nil }
    signs[row * width + (free ?? column)] = sign
  }

  /// Sets the dots between two, both included.
  mutating func draw(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y))
    for step in 0...steps {
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      set(
        x: start.x + Int((Double(end.x - start.x) * share).rounded()),
        y: start.y + Int((Double(end.y - start.y) * share).rounded()))
    }
  }

  /// The rows from above, blanks at their ends left out.
  var rows: [String] {
    (0..<height).map { row in
      let characters = (0..<width).map { column -> Character in
        let position = row * width + column
        if let sign = signs[position] { return sign }
        guard dots[position] != 0, let scalar = UnicodeScalar(0x2800 + UInt32(dots[position]))
        else {
          return " "
        }
        return Character(scalar)
      }
      let end = characters.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
      return String(characters[..<end])
    }
  }
}
