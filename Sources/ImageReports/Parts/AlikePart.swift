import Pages

/// Outliers and near-duplicate pairs.
struct AlikePart: ImageReportPart {
  let heading = "Outliers and near-duplicates"
  let caption: String
  let body: HTML

  private static let (outlierLimit, pairLimit) = (12, 12)

  init?(_ data: ImageReportData) {
    guard let neighbours = data.neighbours, neighbours.count > 2 else { return nil }
    let outliers = neighbours.outliers.prefix(Self.outlierLimit)
    let pairs = neighbours.pairs.prefix(Self.pairLimit)
    caption = """
      By the cosine of the images' embeddings by the model's body, less their mean. Outliers are those whose \
      \(neighbours.neighbourCount) nearest neighbours are farthest away: \(neighbours.outlierCount) unusually far. \
      Near-duplicates are pairs with a cosine of at least \(Scale.text(Double(EmbeddingNeighbours.duplicateCosine))): \
      \(neighbours.pairs.count). \(data.advice.copies)
      """
    let first = outliers.map { outlier -> HTML in
      """
      <figure>\(data.thumbnail(of: outlier.image))<figcaption>\(data.examined.actualWords(outlier.image)), cosine \
      \(Double(outlier.cosine), decimals: 2)<span class="name">\(data.examined.names[outlier.image])</span></figcaption></figure>
      """
    }
    let second = pairs.map { pair -> HTML in
      let words = [pair.first, pair.second].map { data.examined.actualWords($0) }
      let label: HTML =
        words[0] == words[1]
        ? "\(words[0])" : "<span class=\"wrongly\">\(words[0]), \(words[1])</span>"
      return """
        <figure class="double"><div>\(data.thumbnail(of: pair.first))\(data.thumbnail(of: pair.second))</div>\
        <figcaption>\(label), cosine \(Double(pair.cosine), decimals: 3)<span class="name">\
        \(data.examined.names[pair.first]) \u{b7} \(data.examined.names[pair.second])</span></figcaption></figure>
        """
    }
    body = """
      <h3>Outliers</h3><div class="grid">\(first)</div>\
      \(second.isEmpty ? "" : "<h3>Near-duplicates</h3><div class=\"grid doubles\">\(second)</div>" as HTML)
      """
  }
}
