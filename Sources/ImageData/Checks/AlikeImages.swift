/// Images with identical pixels, and images that look alike. On different sides of a split they are leaks.
///
/// A pair is reported once. Across sides, it is reported for the image that is not trained on, or, if neither is,
/// for the held-out one. Within one side, it is reported for the later one.
struct AlikeImages {
  private(set) var findings: [ImageFinding] = []
  /// The number of images that were not compared with all candidates.
  private(set) var partlyComparedCount = 0

  private let images: [(image: CheckedImage, facts: ImageFacts)]

  init(_ images: [(image: CheckedImage, facts: ImageFacts)]) {
    self.images = images
    var numbers: [ContentDigest: Int] = [:]
    var copies: [Copies] = []
    // Images of one colour are reported as such, not as copies of each other.
    for position in images.indices where !images[position].facts.isUniform {
      let number = numbers[images[position].facts.digest] ?? copies.count
      if number == copies.count {
        numbers[images[position].facts.digest] = number
        copies.append(Copies())
      }
      copies[number].append(position, images[position].image)
    }
    for set in copies where set.positions.count > 1 { reportCopies(set) }
    reportLookalikes(copies.filter { !images[$0.positions[0]].facts.isBlank })
  }

  /// Images with identical pixels.
  private struct Copies {
    var positions: [Int] = []
    /// The first image on each side.
    var first: [CheckedImage.Side: Int] = [:]
    /// The first image with a label.
    var labelled: Int?

    mutating func append(_ position: Int, _ image: CheckedImage) {
      positions.append(position)
      if let side = image.side, first[side] == nil { first[side] = position }
      if labelled == nil, image.label != nil { labelled = position }
    }

    /// Returns an image of this set and one of another set on another side; the pair is reported for the first of
    /// the two. Of two other sides, training is the worse.
    func pair(with others: Copies) -> (Int, Int)? {
      for (side, worse) in [
        (CheckedImage.Side.heldOut, CheckedImage.Side.training), (.unused, .training),
        (.heldOut, .unused),
      ] {
        if let one = first[side], let other = others.first[worse] { return (one, other) }
      }
      return nil
    }
  }

  private mutating func reportCopies(_ copies: Copies) {
    // The first image on each side; later ones are its duplicates. Those without a side belong to every side.
    var seen: [CheckedImage.Side?: Int] = [:]
    for position in copies.positions {
      let image = images[position].image
      var own = Copies()
      own.append(position, image)
      if let (_, other) = own.pair(with: copies) {
        add(.leak, position, other, "the same pixels, " + sides(position, other))
      } else if let other = seen[image.side] ?? (image.side == nil ? seen.values.min() : seen[nil])
      {
        add(.duplicate, position, other, "the same pixels")
      }
      if seen[image.side] == nil { seen[image.side] = position }
      if let label = image.label, let first = copies.labelled,
        let other = images[first].image.label, label != other
      {
        add(.conflict, position, first, "the same pixels, labelled \(label) and \(other)")
      }
    }
  }

  private mutating func reportLookalikes(_ copies: [Copies]) {
    var near = NearDuplicates()
    for set in copies {
      let facts = images[set.positions[0]].facts
      near.append(hash: facts.hash, colours: facts.colours)
    }
    near.prepare()
    for (number, set) in copies.enumerated() {
      var leak: (pair: (Int, Int), correlation: Float)?
      var earlier: (pair: (Int, Int), correlation: Float)?
      let isWhole = near.each(like: number) { other, correlation in
        if let pair = set.pair(with: copies[other]) {
          if correlation > leak?.correlation ?? 0 { leak = (pair, correlation) }
        } else if other < number, copies[other].pair(with: set) == nil,
          correlation > earlier?.correlation ?? 0
        {
          earlier = ((set.positions[0], copies[other].positions[0]), correlation)
        }
      }
      if !isWhole { partlyComparedCount += 1 }
      if let (pair, correlation) = leak {
        add(.nearLeak, pair.0, pair.1, sides(pair.0, pair.1) + ", " + likeness(pair, correlation))
      } else if let (pair, correlation) = earlier {
        add(.nearDuplicate, pair.0, pair.1, likeness(pair, correlation))
      }
    }
  }

  private mutating func add(
    _ kind: ImageFinding.Kind, _ position: Int, _ other: Int, _ detail: String
  ) {
    findings.append(
      ImageFinding(
        kind: kind, image: images[position].image.name, other: images[other].image.name,
        detail: detail))
  }

  private func sides(_ first: Int, _ second: Int) -> String {
    [first, second].map { images[$0].image.side?.rawValue ?? "" }.joined(separator: " and ")
  }

  /// Returns the correlation of two images in words, with their labels if these differ.
  private func likeness(_ pair: (Int, Int), _ correlation: Float) -> String {
    let thousandths = Int((correlation * 1000).rounded())
    let number = thousandths >= 1000 ? "1.000" : "0.\(thousandths)"
    guard let label = images[pair.0].image.label, let other = images[pair.1].image.label,
      label != other
    else { return "correlation \(number)" }
    return "correlation \(number), labelled \(label) and \(other)"
  }
}
