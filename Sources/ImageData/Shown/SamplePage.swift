import Errors
import Images
import Pages

/// A page with some images of a data set and what they are labelled, to look at before anything is trained.
package struct SamplePage: Sendable {
  /// How many are shown, and how.
  package struct Options: Sendable {
    /// How many images: of each class as many, as far as there are.
    package var count = 48
    /// Decides which.
    package var seed: UInt64 = 0
    /// Whether each channel is shown by itself as well.
    package var showsChannels = false

    package init() {}
  }

  /// The page, in HTML.
  package let html: String

  /// The page about `set`. What can't be decoded is said in the place of the image.
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
              "\(chosen.count) images, drawn at random\(Self.isByClass(set) ? ", as many of each class" : "")"
              + (options.showsChannels ? ", and each of their channels by itself." : "."),
            body: options.showsChannels
              ? "\(figures.map { "<div class=\"grid\">\($0)</div>" as HTML })"
              : "<div class=\"grid\">\(figures)</div>")
        ],
        footer:
          "Made by Latent. The page holds images of the data set: whoever has it can see them."
      ).html
  }

  /// The items that are shown: by class, in an order that the seed gives.
  private static func chosen(of set: ImageDataSet, _ options: Options) -> [Int] {
    let order = StableHash.order(of: 0..<set.count, set.names, seed: options.seed)
    guard case .classes(_, let classes) = set.targets else {
      return Array(order.prefix(options.count))
    }
    // The first of every class, then the second of every class.
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

  /// The longer side of an image at the most.
  private static let thumbnailSide = 192
}
