import Errors
import Foundation
import ImageData
import Images
import TestEnvironment
import Testing

/// Tests the sample page and the batch summary.
struct ShownTests {
  private func photos(_ count: Int) throws -> PhotoFolder {
    let photos = try PhotoFolder([])
    for number in 0..<count {
      let kind = number % 3 == 0 ? "cat" : "dog"
      try photos.add("\(kind)/\(number).jpg", MadePhotos.photo(UInt64(number)).jpeg(quality: 80))
    }
    return photos
  }

  private func set(_ photos: PhotoFolder) throws -> ImageDataSet {
    try ImageDataBlock(
      items: .folder(photos.path), labels: .parentFolder, splitter: .random(share: 0.25, seed: 1)
    ).dataSet()
  }

  @Test func aPageShowsAsManyOfEachClass() throws {
    let photos = try photos(24)
    var options = SamplePage.Options()
    options.count = 10
    let page = SamplePage(try set(photos), title: "<b>pets", options: options).html
    #expect(page.components(separatedBy: "<figure>").count == 11)
    #expect(page.components(separatedBy: "<figcaption>cat").count == 6)
    #expect(page.components(separatedBy: "data:image/jpeg;base64,").count == 11)
    #expect(page.contains("&lt;b&gt;pets") && !page.contains("<b>pets"))
    #expect(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"))
    // The page's seed is independent of the split's, even if both are equal.
    options.seed = 1
    let other = SamplePage(try set(photos), title: "<b>pets", options: options).html
    #expect(other != page)
    #expect((1...5).contains(other.components(separatedBy: "(held out)").count - 1))
    options.showsChannels = true
    let apart = SamplePage(try set(photos), title: "x", options: options).html
    #expect(apart.components(separatedBy: "data:image/jpeg;base64,").count == 41)
  }

  @Test func whatIsUnusedIsMarked() throws {
    let photos = try PhotoFolder([])
    for (number, part) in ["train", "valid", "test"].enumerated() {
      try photos.add("\(part)/x.jpg", MadePhotos.photo(UInt64(number)).jpeg(quality: 80))
    }
    let set = try ImageDataBlock(
      items: .folder(photos.path), labels: .pattern("x"), splitter: .folder(heldOut: nil)
    ).dataSet()
    let page = SamplePage(set, title: "x").html
    #expect(page.contains("<figcaption>x (unused)<span class=\"name\">test/x.jpg"))
    #expect(page.contains("<figcaption>x (held out)<span class=\"name\">valid/x.jpg"))
    #expect(page.contains("<figcaption>x<span class=\"name\">train/x.jpg"))
    #expect(page.contains("1 class: x 3"))
    let summary = try BatchSummary(set, batchSize: 4, seed: 0, ImageTransform(size: ImageSize(32)))
    let split = summary.steps.first { $0.name == "split" }
    #expect(split?.shape == "[1] [1] [1]")
    #expect(split?.detail == "by folder: training, held out, unused")
    #expect(set.items.partFolders == ["test", "train", "valid"])
  }

  @Test func whatCanNotBeDecodedIsSaidInItsPlace() throws {
    let photos = try photos(4)
    try photos.add("dog/bad.jpg", Array("<html>".utf8))
    let page = SamplePage(try set(photos), title: "x").html
    #expect(page.contains("is a web page") && page.contains("dog/bad.jpg"))
  }

  @Test func pointsAreDrawnAndNumbersSpread() throws {
    let photos = try PhotoFolder([])
    let header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 5), }\n".utf8)
    let samples = (0..<20).flatMap { number in
      withUnsafeBytes(of: Float(number * 1000).bitPattern.littleEndian) { Array($0) }
    }
    try photos.add(
      "a.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + samples)
    let file = try photos.table("image,x,y\na.npy,1.5,0.5\n")
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: file)), labels: .points(columns: ["x", "y"]),
      splitter: .none
    ).dataSet()
    let page = SamplePage(set, title: "x").html
    #expect(page.contains("viewBox=\"0 0 2 2\"") && page.contains("cx=\"1.5\" cy=\"0.5\""))
    #expect(page.contains("samples from 0 to 19000"))
    var apart = SamplePage.Options()
    apart.showsChannels = true
    // The channel index varies fastest.
    #expect(SamplePage(set, title: "x", options: apart).html.contains("channel 2, 1000 to 16000"))
    var transform = ImageTransform(size: ImageSize(4))
    transform.channels = 5
    transform.augmentation.lighting = 0
    let summary = try BatchSummary(set, batchSize: 4, seed: 0, transform)
    let decoded = try #require(summary.steps.first { $0.name == "decoded" })
    #expect(decoded.shape == "[1, 2, 2, 5]" && decoded.range?.most == 19000)
    #expect(decoded.range?.least == 0 && decoded.range?.mean == 9500)
    let targets = summary.steps.first { $0.name == "targets of the batch" }
    #expect(targets?.shape == "[1, 1, 2]")
    // Values far outside 0 to 1 are normalised, as in training.
    #expect(summary.framed?.isWithinUnit == false)
    #expect(summary.steps.last?.name == "normalised")
    // Also if training starts from weights that expect other images.
    let expected = Normalization(
      mean: Array(repeating: 0.5, count: 5), deviation: Array(repeating: 0.1, count: 5))
    let started = try BatchSummary(set, batchSize: 4, seed: 0, transform, expected: expected)
    #expect(started.steps.last?.detail.contains("as computed from this batch") == true)
    let normalised = try #require(summary.steps.last?.range)
    #expect(normalised.least > -10 && normalised.most < 10)
    // Images that lack the requested channels are rejected, as in training.
    let error = #expect(throws: ImageError.self) {
      try BatchSummary(set, batchSize: 4, seed: 0, transform, channels: [1, 7])
    }
    #expect(error?.code == .unsupported && error?.remedy == "Name channels from 0 to 4.")
    var wide = transform
    wide.channels = 3
    var failed: [Int] = []
    let without = try BatchSummary(set, batchSize: 4, seed: 0, wide) { item, _ in
      failed.append(item)
    }
    #expect(failed == [0] && without.batch.isEmpty && without.framed == nil)
  }

  @Test func aSummaryTellsShapesAndRanges() throws {
    let photos = try photos(24)
    try photos.add("dog/wide.jpg", MadePhotos.photo(99, width: 120, height: 64).jpeg(quality: 80))
    let set = try set(photos)
    var transform = ImageTransform(size: ImageSize(width: 40, height: 24))
    transform.normalization = .imageNet
    let summary = try BatchSummary(set, batchSize: 100, seed: 0, transform)
    #expect(summary.batch.sorted() == set.split.training)
    let steps = Dictionary(uniqueKeysWithValues: summary.steps.map { ($0.name, $0) })
    #expect(steps["items"]?.shape == "[25]")
    #expect(steps["labels"]?.detail == "2 classes: dog 17, cat 8")
    // Class numbers are arbitrary, so a mean would be meaningless.
    #expect(steps["labels"]?.range == nil && steps["targets of the batch"]?.range == nil)
    #expect(steps["split"]?.shape == "[19] [6]")
    #expect(steps["split"]?.detail == set.split.words)
    let widths = set.split.heldOut.contains(24) ? "96" : "96...120"
    #expect(steps["decoded"]?.shape == "[19, 64, \(widths), 3]")
    let samples = try summary.batch.flatMap { item -> [Double] in
      let image = try set.decode(item).image
      return if case .uint8(let samples) = image.samples { samples.map { Double($0) } } else { [] }
    }
    let expected = samples.reduce(0, +) / Double(samples.count)
    #expect(abs((steps["decoded"]?.range?.mean ?? 0) - expected) < 0.01)
    let added = summary.steps.suffix(3)
    #expect(added.map(\.name) == ["framed", "augmented", "normalised"])
    #expect(added.allSatisfy { $0.shape == "[19, 3, 24, 40]" })
    for step in added.dropLast() {
      let range = try #require(step.range)
      #expect(range.least >= 0 && range.most <= 1 && abs(range.mean - expected / 255) < 0.1)
    }
    #expect((added.last?.range?.least ?? 0) < -0.5)
    // For images of one size and framing, the ranges are those of the images.
    let normal = try #require(added.last?.range)
    let augmented = try #require(added.dropLast().last?.range)
    let means = zip(Normalization.imageNet.mean, Normalization.imageNet.deviation)
    #expect(normal.least >= (means.map { (augmented.least - Double($0)) / Double($1) }.min() ?? 0))
    #expect(normal.most <= (means.map { (augmented.most - Double($0)) / Double($1) }.max() ?? 0))
    #expect(normal.least < normal.mean && normal.mean < normal.most)
    // Without a normalisation in the transform, the one expected by the weights is used.
    transform.normalization = nil
    let plain = try BatchSummary(set, batchSize: 100, seed: 0, transform)
    #expect(plain.steps.last?.name == "augmented")
    let started = try #require(
      try BatchSummary(set, batchSize: 100, seed: 0, transform, expected: .imageNet).steps.last)
    #expect(started.range == normal)
    #expect(started.detail.contains("as the weights expect: 0.485, 0.456, 0.406 and 0.229"))
    try photos.add("dog/bad.jpg", [1, 2, 3])
    let all = ImageDataBlock(items: .folder(photos.path), labels: .none, splitter: .none)
    let bad = try all.dataSet()
    #expect(throws: ImageError.self) { try BatchSummary(bad, batchSize: 100, seed: 0, transform) }
  }
}
