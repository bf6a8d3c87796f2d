import Errors
import Foundation
package import Images
import Synchronization

/// Checks every image of a folder before training.
///
/// Memory: what decoding one image per thread takes, and 1 KB per file.
package struct ImageCheck: Sendable {
  /// The images to check.
  package let images: [CheckedImage]
  /// The decoder of the images.
  package var decoder: ImageDecoder
  /// The number of images decoded concurrently.
  package var threadCount: Int

  package init(
    _ images: [CheckedImage], decoder: ImageDecoder = ImageDecoder(), threadCount: Int = 2
  ) {
    self.images = images
    self.decoder = decoder
    self.threadCount = threadCount
  }

  /// Decodes and compares all images. `progress` is called with the number done, from any thread, one call at a
  /// time.
  package func run(progress: @Sendable (Int) -> Void) -> ImageCheckReport {
    var findings: [ImageFinding] = []
    var decoded: [(image: CheckedImage, facts: ImageFacts)] = []
    for (image, sight) in zip(images, lookAtAll(progress)) {
      switch sight {
      case .foreign, nil: break
      case .fault(let kind, let error):
        findings.append(
          ImageFinding(
            kind: kind, image: image.name,
            detail: Self.isOf(image, error)
              ? "\(error.problem). \(error.remedy)"
              : "\(error.place) \(error.problem). \(error.remedy)"))
      case .decoded(let facts):
        decoded.append((image, facts))
        guard !image.isListed, ImageFormat.named(image.name) == nil else { continue }
        findings.append(
          ImageFinding(
            kind: .notRead, image: image.name,
            detail: "is \(facts.format), but its name has no image extension"))
      }
    }
    findings += OddImages(decoded.map { ($0.image.name, $0.image.points, $0.facts) }).findings
    let alike = AlikeImages(decoded)
    findings += alike.findings
    let order = Dictionary(
      uniqueKeysWithValues: ImageFinding.Kind.allCases.enumerated().map { ($1, $0) })
    findings.sort { order[$0.kind, default: 0] < order[$1.kind, default: 0] }
    return ImageCheckReport(
      fileCount: images.count, decodedCount: decoded.count,
      formats: Dictionary(decoded.map { ($0.facts.format, 1) }, uniquingKeysWith: +),
      sampleRange: decoded.lazy.compactMap(\.facts.range).reduce(nil) { all, own in
        all.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
      },
      partlyComparedCount: alike.partlyComparedCount, findings: findings)
  }

  /// The result of looking at a file.
  private enum Sight {
    case decoded(ImageFacts)
    /// The file cannot be read.
    case fault(ImageFinding.Kind, ImageError)
    /// The file is not named like an image, and is none.
    case foreign
  }

  private func lookAtAll(_ progress: @Sendable (Int) -> Void) -> [Sight?] {
    let next = Atomic(0)
    let found = Mutex([Sight?](repeating: nil, count: images.count))
    let done = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, threadCount)) { _ in
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < images.count else { return }
        let sight = look(at: images[number])
        found.withLock { $0[number] = sight }
        done.withLock {
          $0 += 1
          progress($0)
        }
      }
    }
    return found.withLock { $0 }
  }

  private func look(at image: CheckedImage) -> Sight {
    do throws(ImageError) {
      return .decoded(
        ImageFacts(
          image.paths.count == 1
            ? try decoder.decode(image.paths[0]) : try decoder.decode(bands: image.paths)))
    } catch {
      if image.isListed || ImageFormat.named(image.name) != nil {
        return .fault(ImageFinding.Kind(error.code), error)
      }
      // A file beside the images does not stop anything.
      let isForeign = error.code == .notAnImage || error.code == .empty
      return isForeign ? .foreign : .fault(.notRead, error)
    }
  }

  /// Returns whether an error concerns the file that the image is named after, rather than another band.
  private static func isOf(_ image: CheckedImage, _ error: ImageError) -> Bool {
    image.paths.count == 1 || "\(error.place)" == image.paths[0]
  }
}

extension ImageFinding.Kind {
  /// Returns the kind for a decoding error.
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
