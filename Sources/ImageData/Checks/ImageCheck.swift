import Errors
import Foundation
package import Images
import Synchronization

/// Looks at every image of a folder before anything is trained on it.
///
/// Memory: what two images take to be decoded, and 1 KB a file.
package struct ImageCheck: Sendable {
  /// The folder.
  package let root: String
  /// The files, relative to it.
  package let files: [String]
  /// What is known of each file, where there is a table or a split: on which side it is, and what it is labelled.
  package let known: [String: Known]
  /// What decodes them.
  package var decoder: ImageDecoder
  /// How many are looked at at a time.
  package var threadCount: Int

  /// What a table says of an image.
  package struct Known: Equatable, Sendable {
    /// The side of the split; nil where there is no split.
    package var side: Side?
    /// The label, in words; nil where there are none.
    package var label: String?

    package init(side: Side? = nil, label: String? = nil) {
      self.side = side
      self.label = label
    }
  }

  /// A side of a split.
  package enum Side: String, Sendable {
    case training
    case heldOut = "held out"
    case unused
  }

  package init(
    root: String, files: [String], known: [String: Known] = [:],
    decoder: ImageDecoder = ImageDecoder(), threadCount: Int = 2
  ) {
    self.root = root
    self.files = files
    self.known = known
    self.decoder = decoder
    self.threadCount = threadCount
  }

  /// Decodes all files and compares them. `progress` is told how many are done, from any thread, one at a time.
  package func run(progress: @Sendable (Int) -> Void) -> ImageCheckReport {
    let facts = lookAtAll(progress)
    var findings: [ImageFinding] = []
    for (file, fact) in zip(files, facts) {
      if case .failure(let error) = fact {
        findings.append(
          ImageFinding(
            kind: ImageFinding.Kind(error.code), image: file,
            detail: "\(error.problem). \(error.remedy)"))
      }
    }
    let decoded = facts.indices.compactMap { file in
      (try? facts[file]?.get()).map { (file: file, facts: $0) }
    }
    findings += OddImages(decoded.map { (files[$0.file], $0.facts) }).findings
    findings += alike(decoded)
    let order = Dictionary(
      uniqueKeysWithValues: ImageFinding.Kind.allCases.enumerated().map { ($1, $0) })
    findings.sort { order[$0.kind, default: 0] < order[$1.kind, default: 0] }
    return ImageCheckReport(
      fileCount: files.count, decodedCount: decoded.count,
      formats: Dictionary(decoded.map { ($0.facts.format, 1) }, uniquingKeysWith: +),
      findings: findings)
  }

  private func lookAtAll(_ progress: @Sendable (Int) -> Void) -> [Result<ImageFacts, ImageError>?] {
    let next = Atomic(0)
    let found = Mutex([Result<ImageFacts, ImageError>?](repeating: nil, count: files.count))
    let done = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, threadCount)) { _ in
      while true {
        let file = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard file < files.count else { return }
        let result = look(at: files[file])
        found.withLock { $0[file] = result }
        done.withLock {
          $0 += 1
          progress($0)
        }
      }
    }
    return found.withLock { $0 }
  }

  /// Nil for a file that is called as no image is, and is none.
  private func look(at file: String) -> Result<ImageFacts, ImageError>? {
    do throws(ImageError) {
      return .success(ImageFacts(try decoder.decode(root + "/" + file)))
    } catch {
      let isForeign = error.code == .notAnImage || error.code == .empty
      return isForeign && ImageFormat.named(file) == nil ? nil : .failure(error)
    }
  }

  /// Images of the same pixels and such as look alike.
  private func alike(_ decoded: [(file: Int, facts: ImageFacts)]) -> [ImageFinding] {
    var findings: [ImageFinding] = []
    let groups = Dictionary(grouping: decoded.indices) { decoded[$0].facts.digest }
    var representatives: [Int] = []
    for position in decoded.indices {
      guard let group = groups[decoded[position].facts.digest] else { continue }
      if group[0] == position, !decoded[position].facts.isBlank { representatives.append(position) }
      guard group.count > 1, !decoded[position].facts.isBlank else { continue }
      findings += finding(position, among: group, decoded)
    }
    var near = NearDuplicates()
    for position in representatives {
      let facts = decoded[position].facts
      near.append(hash: facts.hash, colours: facts.colours)
    }
    near.prepare()
    for (number, position) in representatives.enumerated() {
      let file = files[decoded[position].file]
      var before: (file: String, correlation: Float)?
      var across: (file: String, correlation: Float)?
      near.each(like: number) { other, correlation in
        let otherFile = files[decoded[representatives[other]].file]
        if areApart(file, otherFile), correlation > across?.correlation ?? 0 {
          across = (otherFile, correlation)
        } else if other < number, correlation > before?.correlation ?? 0 {
          before = (otherFile, correlation)
        }
      }
      // A pair across the split is told once, of the one that is not trained on.
      if let across, known[file]?.side != .training {
        findings.append(
          ImageFinding(
            kind: .nearLeak, image: file, other: across.file,
            detail: sides(file, across.file) + ", "
              + likeness(file, across.file, across.correlation)))
      } else if let before {
        findings.append(
          ImageFinding(
            kind: .nearDuplicate, image: file, other: before.file,
            detail: likeness(file, before.file, before.correlation)))
      }
    }
    return findings
  }

  /// What there is to say of one of several files of the same pixels.
  private func finding(
    _ position: Int, among group: [Int], _ decoded: [(file: Int, facts: ImageFacts)]
  ) -> [ImageFinding] {
    let file = files[decoded[position].file]
    let others = group.filter { $0 != position }.map { files[decoded[$0].file] }
    let first = files[decoded[group[0]].file]
    var findings: [ImageFinding] = []
    if known[file]?.side != .training, let other = others.first(where: { areApart(file, $0) }) {
      findings.append(
        ImageFinding(
          kind: .leak, image: file, other: other, detail: "the same pixels, " + sides(file, other)))
    } else if group[0] != position {
      findings.append(
        ImageFinding(kind: .duplicate, image: file, other: first, detail: "the same pixels"))
    }
    if let label = known[file]?.label, let other = known[first]?.label, label != other {
      findings.append(
        ImageFinding(
          kind: .conflict, image: file, other: first,
          detail: "the same pixels, labelled \(label) and \(other)"))
    }
    return findings
  }

  /// Whether two files stand on different sides of the split.
  private func areApart(_ first: String, _ second: String) -> Bool {
    guard let one = known[first]?.side, let other = known[second]?.side else { return false }
    return one != other
  }

  private func sides(_ first: String, _ second: String) -> String {
    [first, second].map { known[$0]?.side?.rawValue ?? "" }.joined(separator: " and ")
  }

  /// How much two files look alike, and their labels where they differ.
  private func likeness(_ first: String, _ second: String, _ correlation: Float) -> String {
    let thousandths = Int((correlation * 1000).rounded())
    let number = thousandths >= 1000 ? "1.000" : "0.\(thousandths)"
    guard let label = known[first]?.label, let other = known[second]?.label, label != other else {
      return "correlation \(number)"
    }
    return "correlation \(number), labelled \(label) and \(other)"
  }
}

/// What a check found.
package struct ImageCheckReport: Sendable {
  /// How many files were looked at.
  package let fileCount: Int
  /// How many could be decoded.
  package let decodedCount: Int
  /// How many of each format.
  package let formats: [String: Int]
  /// What there is to say: by kind, what stops training first, then in the order of the files.
  package let findings: [ImageFinding]

  /// Whether anything stops training or lets it be judged wrongly.
  package var hasErrors: Bool { findings.contains { $0.kind.isError } }
}

extension ImageFinding.Kind {
  /// What an error of decoding is called.
  init(_ code: ImageErrorCode) {
    self =
      switch code {
      case .inputOutput, .notAFile: .unreadable
      case .empty: .empty
      case .notAnImage: .notAnImage
      case .unsupported, .mismatchedBands: .unsupported
      case .broken: .broken
      case .truncated: .truncated
      case .tooManyPixels, .fileTooLarge: .giant
      case .notFinite: .notFinite
      }
  }
}
