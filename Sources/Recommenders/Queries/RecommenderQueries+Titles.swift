import Errors
package import Ratings

extension RecommenderQueries {
  /// The item that `text` means: the one whose id it is; else whose title it is; else whose title it is without the year
  /// in brackets at its end; else in any case, and with an article in front that the title has behind a comma. The first of these
  /// ways by which there is one decides.
  ///
  /// Throws `ambiguousItem` with the candidates where it is the title of several; `unknownItem` with what is
  /// spelled like it. O(items).
  package func item(named text: String) throws(RecommendingError) -> (id: ItemID, title: String?) {
    if let id = ItemID(text, as: model.items.type), let row = model.items.index(of: id) {
      return (id, model.title(of: row))
    }
    var matches: [[ItemIndex]] = [[], [], []]
    let plain = plainTitle(text)
    var nearest = NearestText(to: text, count: 3)
    for row in (0..<model.itemCount).map({ ItemIndex($0) }) {
      guard let title = model.title(of: row) else { continue }
      let bare = withoutYear(title)
      if title == text {
        matches[0].append(row)
      } else if bare == text {
        matches[1].append(row)
      } else if plainTitle(title) == plain || plainTitle(bare) == plain {
        matches[2].append(row)
      } else {
        nearest.consider(bare)
      }
    }
    guard let found = matches.first(where: { !$0.isEmpty }) else {
      let remedy =
        nearest.matches.isEmpty
        ? "Give the item's id, or its title."
        : "Did you mean \(nearest.matches.map { "'\($0)'" }.joined(separator: " or "))?"
      throw RecommendingError(
        .unknownItem, "the model knows no item called '\(Excerpt.of(text))'", place: model.path,
        remedy: remedy)
    }
    guard found.count == 1 else {
      let shown = found.prefix(8).map {
        "\(model.items.identifier(at: $0)) (\(model.title(of: $0) ?? ""))"
      }
      let rest = found.count > shown.count ? " and \(found.count - shown.count) more" : ""
      throw RecommendingError(
        .ambiguousItem,
        "'\(Excerpt.of(text))' is the title of \(found.count) items", place: model.path,
        remedy: "Give the id of one: \(shown.joined(separator: ", "))\(rest).")
    }
    return (model.items.identifier(at: found[0]), model.title(of: found[0]))
  }
}

/// A title without the year in brackets at its end.
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

/// A title in lower case, with an article in front that stands behind a comma at its end.
private func plainTitle(_ title: String) -> String {
  let title = withoutYear(title).lowercased()
  for article in ["the", "a", "an"] where title.hasSuffix(", \(article)") {
    return "\(article) \(title.dropLast(article.count + 2))"
  }
  return title
}
