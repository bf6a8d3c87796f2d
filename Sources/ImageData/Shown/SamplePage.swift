import Errors
import Images
import Pages

/// A page of sample images with their labels, to inspect a data set before training.
package struct SamplePage: Sendable {
  /// The number of samples and how they are shown.
  package struct Options: Sendable {
    /// The number of images: equally many of each class, as far as available.
    package var count = 48
    /// The seed of the selection.
    package var seed: UInt64 = 0
    /// Whether each channel is also shown separately.
    package var showsChannels = false

    package init() {}
  }

  /// The HTML of the page.
  package let html: String

  /// Creates the page about `set`. An image that cannot be decoded is replaced by its error.
  package init(
    _ set: ImageDataSet, title: String, options: Options = Options()
  ) {
    let chosen = Self.chosen(of: set, options)
    var facts: [(name: String, value: String)] = [
      ("images", "\(set.count)"), ("trained on", "\(set.split.training.count)"),
      ("held out", "\(set.split.heldOut.count)"), ("split", set.split.words),
    ]
    if !set.split.unused.isEmpty { facts.insert(("unused", "\(set.split.unused.count)"), at: 3) }
    facts.append(("labels", LabelCounts(set.targets).words))
    let sides = Dictionary(
      set.split.heldOut.map { ($0, " (held out)") } + set.split.unused.map { ($0, " (unused)") },
      uniquingKeysWith: { first, _ in first })
    let figures = chosen.map { item -> HTML in
      Self.figure(of: item, set, side: sides[item] ?? "", options)
    }
    html =
      Page(
        title: title, facts: facts,
        sections: [
          Page.Section(
            heading: "Samples",
            caption:
              "\(chosen.count) images, drawn at random\(Self.isByClass(set) ? ", balanced by class" : "")"
              + (options.showsChannels ? ", and each of their channels." : "."),
            body: options.showsChannels
              ? "\(figures.map { "<div class=\"grid\">\($0)</div>" as HTML })"
              : "<div class=\"grid\">\(figures)</div>")
        ],
        footer:
          "Made by Latent. This page contains images of the data set: anyone who has it can see them."
      ).html
  }

  /// Returns the items to show: balanced over classes, in an order given by the seed.
  private static func chosen(of set: ImageDataSet, _ options: Options) -> [Int] {
    let order = StableHash.order(of: 0..<set.count, set.names, seed: options.seed)
    guard case .classes(_, let classes) = set.targets else {
      return Array(order.prefix(options.count))
    }
    // The first of every class, then the second of every class, and so on.
    var seen: [Int: Int] = [:]
    let ranked = order.map { item -> (rank: Int, item: Int) in
      let rank = seen[classes[item], default: 0]
      seen[classes[item]] = rank + 1
      return (rank, item)
    }
    let first = ranked.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }
    .prefix(options.count).map(\.element.item)
    return first.sorted { (classes[$0], $0) < (classes[$1], $1) }
  }

  private static func isByClass(_ set: ImageDataSet) -> Bool {
    if case .classes = set.targets { true } else { false }
  }

  private static func figure(
    of item: Int, _ set: ImageDataSet, side: String, _ options: Options
  ) -> HTML {
    let name = set.names[item]
    let label = set.targets.words(item)
    func caption(_ range: ClosedRange<Float>? = nil) -> HTML {
      let samples =
        range.map { "<span class=\"name\">samples from \($0.words)</span>" as HTML } ?? ""
      return """
        <figcaption>\(label)\(side)<span class="name">\(name)</span>\(samples)</figcaption>
        """
    }
    do throws(ImageError) {
      let decoded = try set.decode(item, minimumSide: thumbnailSide)
      func thumbnail(_ channels: [Int], points: [SIMD2<Float>] = []) -> HTML {
        .thumbnail(
          of: decoded, side: thumbnailSide, channels: channels, quality: 85, points: points)
      }
      let image = decoded.image
      let whole = thumbnail(image.displayedChannels, points: set.targets.points(item))
      guard options.showsChannels, image.channels > 1 else {
        return "<figure>\(whole)\(caption(image.numberRange()))</figure>"
      }
      let apart = (0..<image.channels).map { channel -> HTML in
        let range = image.numberRange(channel: channel).map { ", \($0.words)" } ?? ""
        return
          "<figure>\(thumbnail([channel]))<figcaption>channel \(channel + 1)\(range)</figcaption></figure>"
      }
      return "<figure>\(whole)\(caption(image.numberRange()))</figure>\(apart)"
    } catch {
      return "<figure>\(HTML.thumbnail(without: error.problem))\(caption())</figure>"
    }
  }

  /// The longer side of a thumbnail at most.
  private static let thumbnailSide = 192
}
