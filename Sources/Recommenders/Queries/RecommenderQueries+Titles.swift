import Errors
package import Ratings

/// An item resolved from a user's text.
package struct NamedItem: Sendable {
  package let id: ItemID
  /// The item's title, if it has one.
  package let title: String?
  /// Another item, whose title equals the text that was taken as this one's id.
  package let namesake: (id: ItemID, title: String)?
}

extension RecommenderQueries {
  /// Resolves `texts` to items. Each text is matched in this order, and the first rule with any match decides:
  ///
  /// - the id of an item;
  /// - its title;
  /// - its title without the year in parentheses at the end;
  /// - the same case-insensitively, where a leading article also matches a title that has it after a comma;
  /// - the same without the article.
  ///
  /// Throws `ambiguousItem` with the candidates if a text is the title of several items, and `unknownItem` with
  /// titles of similar spelling. O(items) for all of them, and once more for each that is not found.
  package func items(named texts: [String]) throws(RecommendingError) -> [NamedItem] {
    let index = TitleIndex(of: model)
    return try texts.map { text throws(RecommendingError) in
      if let id = ItemID(text, as: model.items.type), let row = model.items.index(of: id) {
        let other = index.rows(titled: text).first { $0 != row }
        return NamedItem(
          id: id, title: model.title(of: row),
          namesake: other.map { (model.items.identifier(at: $0), model.title(of: $0) ?? "") })
      }
      guard let found = index.rows(named: text) else { throw unknown(text, index) }
      guard found.count == 1 else { throw ambiguous(text, found) }
      return NamedItem(
        id: model.items.identifier(at: found[0]), title: model.title(of: found[0]), namesake: nil)
    }
  }

  private func unknown(_ text: String, _ index: TitleIndex) -> RecommendingError {
    var nearest = NearestText(to: text, count: 3)
    for title in index.bareTitles { nearest.consider(title) }
    return RecommendingError(
      .unknownItem, "the model knows no item called '\(Excerpt.of(text))'", place: model.path,
      remedy: nearest.matches.isEmpty
        ? "Give the item's id, or its title."
        : "Did you mean \(nearest.matches.map { "'\($0)'" }.joined(separator: " or "))?")
  }

  private func ambiguous(_ text: String, _ found: [ItemIndex]) -> RecommendingError {
    let shown = found.prefix(8).map {
      "\(model.items.identifier(at: $0)) (\(model.title(of: $0) ?? ""))"
    }
    let rest = found.count > shown.count ? " and \(found.count - shown.count) more" : ""
    return RecommendingError(
      .ambiguousItem,
      "'\(Excerpt.of(text))' is the title of \(found.count) items", place: model.path,
      remedy: "Give the id of one: \(shown.joined(separator: ", "))\(rest).")
  }
}

/// An index of a model's items by title, in the ways people write them.
private struct TitleIndex {
  /// The rows of items by title, one dictionary per matching rule, in order.
  private var ways: [[String: [ItemIndex]]] = [[:], [:], [:], [:]]

  /// Creates an index in O(items).
  init(of model: any ScoredModel) {
    for row in (0..<model.itemCount).map({ ItemIndex($0) }) {
      guard let title = model.title(of: row) else { continue }
      let bare = withoutYear(title)
      ways[0][title, default: []].append(row)
      ways[1][bare, default: []].append(row)
      let plain = plainTitle(title)
      ways[2][plain, default: []].append(row)
      ways[3][withoutArticle(plain), default: []].append(row)
    }
  }

  /// All titles, without years.
  var bareTitles: some Sequence<String> { ways[1].keys }

  /// Returns the items with the title `text`, with or without a year.
  func rows(titled text: String) -> [ItemIndex] { ways[0][text] ?? ways[1][text] ?? [] }

  /// Returns the items that match `text` by the first rule with any match, or nil if there are none.
  func rows(named text: String) -> [ItemIndex]? {
    let plain = plainTitle(text)
    return zip(ways, [text, text, plain, withoutArticle(plain)]).lazy
      .compactMap { way, text in way[text] }.first
  }
}

/// Returns a title without the year in parentheses at its end.
private func withoutYear(_ title: String) -> String {
  let text = title.withoutSpacesAtEnd
  let year = text.dropLast().suffix(4)
  guard text.last == ")", year.count == 4, year.allSatisfy({ $0.isASCII && $0.isNumber }),
    text.dropLast(5).last == "("
  else { return title }
  let bare = text.dropLast(6).withoutSpacesAtEnd
  return bare.isEmpty ? title : String(bare)
}

extension StringProtocol {
  fileprivate var withoutSpacesAtEnd: SubSequence {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return self[..<end]
  }
}

private let articles = ["the", "a", "an"]

/// Returns a title in lower case, with an article after a comma at the end moved to the front.
private func plainTitle(_ title: String) -> String {
  let title = withoutYear(title).lowercased()
  for article in articles where title.hasSuffix(", \(article)") {
    return "\(article) \(title.dropLast(article.count + 2))"
  }
  return title
}

/// Returns a plain title without its leading article.
private func withoutArticle(_ title: String) -> String {
  for article in articles where title.hasPrefix("\(article) ") {
    return String(title.dropFirst(article.count + 1))
  }
  return title
}
