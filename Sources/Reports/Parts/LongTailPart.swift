import Evaluation
import Interactions
import Pages
import Ratings
import Recommenders

/// The popularity of listed items: whether lists cover the whole catalogue or the best-known items only.
struct LongTailPart: ReportPart {
  let heading = "The long tail"
  let caption = """
    The items, the most rated first, in ten parts with a tenth of the training ratings each, and each part's share \
    of the top ten places of all lists. At 10 %, lists are as popular as the ratings; above it on the left, and \
    below it on the right, they favour popular items.
    """
  let body: HTML
  private static let partCount = 10

  init?(_ data: ReportData) {
    let training = data.ratings.training
    let counts = training.itemRatingCounts()
    let parts = Self.parts(counts)
    var shares: [(name: String, shares: [Double])] = []
    for subject in [data.subject] + data.others {
      guard let lists = subject.answers.lists else { continue }
      // Items that are not in these training ratings count as rarest.
      var part = [Int](repeating: Self.partCount - 1, count: subject.model.itemCount)
      for row in 0..<training.itemCount {
        let item = subject.model.items.index(of: training.identifier(of: ItemIndex(row)))
        if let item { part[item.position] = parts.part[row] }
      }
      var places = [Double](repeating: 0, count: Self.partCount)
      for list in lists.items {
        for item in list.prefix(10) { places[part[item.position]] += 1 }
      }
      let sum = places.reduce(0, +)
      guard sum > 0 else { continue }
      shares.append((subject.name, places.map { $0 / sum }))
    }
    shares = Array(shares.prefix(4))
    guard let greatest = shares.flatMap(\.shares).max() else { return nil }
    let drawing = Drawing(
      horizontal: 0...Double(Self.partCount), vertical: 0...max(0.12, greatest) * 100, height: 320)
    let width = 0.8 / Double(shares.count)
    let bars = shares.enumerated().flatMap { number, model in
      model.shares.enumerated().map { part, share -> HTML in
        let start = Double(part) + 0.1 + width * Double(number)
        let (left, right) = (drawing.horizontal(start), drawing.horizontal(start + width))
        let top = drawing.vertical(share * 100)
        return """
          <rect class="\(Drawing.style(number)) bar" x="\(at: left)" y="\(at: top)" width="\(at: right - left)" \
          height="\(at: drawing.vertical(0) - top)"><title>\(model.name): \(Scale.text(share * 100)) %</title></rect>
          """
      }
    }
    let names = parts.sizes.enumerated().map { part, size -> HTML in
      """
      <text class="label" text-anchor="middle" x="\(at: drawing.horizontal(Double(part) + 0.5))" \
      y="\(at: drawing.vertical(0) + 16)">\(size)</text>
      """
    }
    let even = drawing.curve([(0, 10), (Double(Self.partCount), 10)], "third dashed")
    let legend = Drawing.legend(
      shares.enumerated().map { (Drawing.style($0.offset), $0.element.name) })
    let axis: HTML = """
      <text class="label" text-anchor="middle" x="388" y="\(at: drawing.height - 6)">items of the part, the most \
      rated on the left</text>
      """
    body = """
      \(legend)\(drawing.svg(
        "shares of lists by popularity", x: nil, y: "share of places, %", "\(bars)\(even)\(names)\(axis)"))
      """
  }

  /// Returns the part that each item is in, and the number of items in each part.
  private static func parts(_ counts: [UInt32]) -> (part: [Int], sizes: [Int]) {
    let sum = counts.reduce(0.0) { $0 + Double($1) }
    var part = [Int](repeating: 0, count: counts.count)
    var sizes = [Int](repeating: 0, count: partCount)
    var before = 0.0
    for item in counts.indices.sorted(by: { (counts[$1], $0) < (counts[$0], $1) }) {
      let number = min(partCount - 1, Int(before / sum * Double(partCount)))
      part[item] = number
      sizes[number] += 1
      before += Double(counts[item])
    }
    return (part, sizes)
  }
}
