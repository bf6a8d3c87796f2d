import Errors

extension Splitter {
  /// The forms that ``init(_:seed:)`` accepts.
  package static let forms =
    "random:0.2, fold:0/5, folder, folder:valid, column:NAME, column:NAME=valid, list:FILE, none"

  /// Parses a split as written on the command line; the seed is for random splits.
  package init(_ text: String, seed: UInt64) throws(ImageDataError) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let value = parts.count == 2 ? parts[1] : nil
    switch (parts.first, value) {
    case ("none", nil): self = .none
    case ("random", let share?):
      guard let share = Double(share) else { throw Self.malformed(text) }
      self = .random(share: share, seed: seed)
    case ("fold", let fold?):
      let numbers = fold.split(separator: "/").map { Int($0) }
      guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else {
        throw Self.malformed(text)
      }
      self = .fold(number, of: count, seed: seed)
    case ("folder", let names): self = .folder(heldOut: names.map(Self.list))
    case ("column", let column?):
      let words = column.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = words.first, !name.isEmpty else { throw Self.malformed(text) }
      self = .column(name, heldOut: words.count == 2 ? Self.list(words[1]) : nil)
    case ("list", let file?): self = .list(file)
    default: throw Self.malformed(text)
    }
    try checkNumbers()
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",").map(String.init)
  }

  private static func malformed(_ text: String) -> ImageDataError {
    ImageDataError(
      .badRequest, "\"\(Excerpt.of(text))\" is not a split", place: "split",
      remedy: "Write one of \(forms).")
  }
}
