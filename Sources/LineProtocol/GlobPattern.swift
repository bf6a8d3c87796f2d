/// A glob pattern, as in Redis: `*` matches any text, `?` any byte, `[a-z]` one byte of a class, `[^a-z]` one outside
/// it. A backslash escapes what follows.
package struct GlobPattern: Sendable, Equatable, Hashable {
  /// The pattern as given.
  package let text: String
  private let pattern: [UInt8]

  package init(_ text: String) {
    self.text = text
    pattern = Array(text.utf8)
  }

  /// Returns whether the pattern matches `name`, ignoring the case of ASCII letters if `caseless`. O(pattern x name).
  package func matches(_ name: String, caseless: Bool = false) -> Bool {
    let name = Array(name.utf8)
    var (place, position) = (0, 0)
    // The position of the last star, and how far it has matched.
    var star: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        star = (place, position)
        place += 1
      } else if let next = step(at: place, over: name[position], caseless) {
        place = next
        position += 1
      } else if let last = star {
        star = (last.place, last.position + 1)
        (place, position) = (last.place + 1, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Returns where the pattern continues after the element at `place`, if that matches `byte`.
  private func step(at place: Int, over byte: UInt8, _ caseless: Bool) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case UInt8(ascii: "?"): return place + 1
    case UInt8(ascii: "["): return stepOverClass(at: place + 1, byte, caseless)
    case .backslash where place + 1 < pattern.count:
      return isSame(pattern[place + 1], byte, caseless) ? place + 2 : nil
    default: return isSame(pattern[place], byte, caseless) ? place + 1 : nil
    }
  }

  /// Does the same for the class that begins at `place`. An unclosed class extends to the end.
  private func stepOverClass(at place: Int, _ byte: UInt8, _ caseless: Bool) -> Int? {
    var place = place
    let isNegated = place < pattern.count && pattern[place] == UInt8(ascii: "^")
    if isNegated { place += 1 }
    var isFound = false
    while place < pattern.count, pattern[place] != UInt8(ascii: "]") {
      if pattern[place] == .backslash, place + 1 < pattern.count { place += 1 }
      let first = pattern[place]
      if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-"),
        pattern[place + 2] != UInt8(ascii: "]")
      {
        let last = pattern[place + 2]
        if isWithin(first, last, byte)
          || caseless && isWithin(first.lowercase, last.lowercase, byte.lowercase)
        {
          isFound = true
        }
        place += 3
      } else {
        if isSame(first, byte, caseless) { isFound = true }
        place += 1
      }
    }
    return isFound != isNegated ? min(place + 1, pattern.count) : nil
  }

  private func isWithin(_ first: UInt8, _ last: UInt8, _ byte: UInt8) -> Bool {
    (min(first, last)...max(first, last)).contains(byte)
  }

  private func isSame(_ one: UInt8, _ other: UInt8, _ caseless: Bool) -> Bool {
    one == other || caseless && one.lowercase == other.lowercase
  }
}

extension UInt8 {
  fileprivate var lowercase: UInt8 { (0x41...0x5A).contains(self) ? self + 0x20 : self }
}
