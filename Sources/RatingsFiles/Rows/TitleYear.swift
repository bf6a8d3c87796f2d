/// The year in parentheses at the end of a title, as film catalogues write it: `Heat (1995)`, or for series
/// `Fleabag (2016-2019)` or `Black Mirror (2011– )`.
enum TitleYear {
  /// The name of the attribute for the year.
  static let name = "year"

  private static let years = 1000...2199

  /// Returns the year, or the first of two; nil if the title does not end in one.
  static func find(in title: String) -> String? {
    var rest = title[...]
    while rest.last?.isWhitespace == true { rest.removeLast() }
    guard rest.last == ")", let open = rest.lastIndex(of: "(") else { return nil }
    let within = rest[rest.index(after: open)...].dropLast()
    let year = within.prefix(4)
    guard year.utf8.count == 4, year.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(year), years.contains(number)
    else { return nil }
    let behind = within.dropFirst(4)
    let isSpan =
      behind.first.map { "-–".contains($0) } ?? true
      && behind.dropFirst().allSatisfy { $0.isWholeNumber || $0.isWhitespace }
    return isSpan ? String(year) : nil
  }
}
