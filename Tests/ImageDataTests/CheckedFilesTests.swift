import Errors
import Foundation
import ImageData
import Images
import TestEnvironment
import Testing

/// Tests what a check knows about each file before decoding, and the findings based on it.
struct CheckedFilesTests {
  private func files(
    _ photos: PhotoFolder, table: String? = nil, columns: [String] = [],
    labels: LabelSource = .none, splitter: Splitter? = nil, groups: ItemText? = nil
  ) throws -> CheckedFiles {
    let source = try table.map { text -> ImageItemSource in
      .table(
        ImageTableSource(
          file: try photos.table(text), folder: photos.path, columns: columns))
    }
    return try CheckedFiles(
      ImageDataBlock(
        items: source ?? .folder(photos.path), labels: labels,
        splitter: splitter ?? .random(share: 0.2, seed: 0), groups: groups),
      FolderWalk(photos.path), isSplitGiven: splitter != nil, areLabelsGiven: labels != .none)
  }

  private func found(_ files: CheckedFiles) -> [ImageFinding] {
    files.findings + ImageCheck(files.images).run { _ in }.findings
  }

  private func photo(_ number: UInt64) -> [UInt8] { MadePhotos.photo(number).jpeg(quality: 90) }

  private func sides(_ files: CheckedFiles) -> [String: String] {
    Dictionary(
      files.images.map { ($0.name, $0.side?.rawValue ?? "none") },
      uniquingKeysWith: { first, _ in first })
  }

  @Test func aFolderThatIsNoPartIsToldAndTheSplitIsKept() throws {
    let photos = try PhotoFolder([])
    for number in 0..<4 { try photos.add("train/\(number).jpg", photo(UInt64(number))) }
    for (name, number) in [("valid/a.jpg", 1), ("valid/b.jpg", 7)] as [(String, UInt64)] {
      try photos.add(name, photo(number))
    }
    for number in 8..<11 { try photos.add("extra/\(number).jpg", photo(UInt64(number))) }
    let found = found(try files(photos))
    #expect(found.filter { $0.kind == .leak }.map(\.image) == ["valid/a.jpg"])
    let outside = found.filter { $0.kind == .inNoPart }
    #expect(outside.map(\.image) == ["extra"] && outside[0].detail.contains("images: 3"))
    // An explicit folder split fails, but the leak is still found.
    let asked = self.found(try files(photos, splitter: .folder(heldOut: nil)))
    #expect(asked.contains { $0.kind == .labels && $0.detail.contains("extra names no part") })
    #expect(asked.filter { $0.kind == .leak }.map(\.image) == ["valid/a.jpg"])
  }

  @Test func classesOfTwoAnswersAreNoSplitAndAClassCalledTrainIsNone() throws {
    for classes in [["no", "yes"], ["0", "1"], ["bus", "train"]] {
      let photos = try PhotoFolder(
        classes.flatMap { name in (0..<10).map { "\(name)/\($0).jpg" } })
      let files = try files(photos, labels: .parentFolder)
      #expect(files.findings == [])
      // The default share that a training holds out.
      #expect(files.images.count { $0.side == .heldOut } == 4)
      #expect(Set(files.images.map(\.label)) == Set(classes))
    }
  }

  @Test func groupsThatCanNotBeReadAreToldAndThoseOnBothSidesAsWell() throws {
    let photos = try PhotoFolder([])
    for (name, number) in [("train/a.jpg", 1), ("valid/b.jpg", 1)] as [(String, UInt64)] {
      try photos.add(name, photo(number))
    }
    let unread = found(try files(photos, groups: .column("nosuch")))
    #expect(unread.contains { $0.kind == .labels && $0.detail.contains("nosuch") })
    #expect(unread.contains { $0.kind == .leak })
    for splitter in [Splitter.column("part", heldOut: nil), nil] {
      let shared = found(
        try files(
          photos, table: "image,who,part\ntrain/a.jpg,p,train\nvalid/b.jpg, p ,valid\n",
          splitter: splitter, groups: .column("who")))
      #expect(shared.contains { $0.kind == .labels && $0.detail.contains("both sides") })
      #expect(shared.contains { $0.kind == .leak })
    }
  }

  @Test func pathsOfATableAreFoundHoweverTheyAreWritten() throws {
    let photos = try PhotoFolder([])
    for number in 0..<4 { try photos.add("x/\(number).jpg", photo(UInt64(number))) }
    let outside = try TemporaryFolder()
    try outside.write(photo(9), to: "9.jpg")
    let found = found(
      try files(
        photos,
        table: """
          image,y
          \(photos.path)/x/0.jpg,0
          ./x//1.jpg,1
          x/../x/./2.jpg,2
          ../\((photos.path as NSString).lastPathComponent)/x/3.jpg,3
          \(outside.path)/9.jpg,9

          """))
    #expect(found == [], "\(found)")
  }

  @Test func aLinkToNothingIsToldAsOne() throws {
    let photos = try PhotoFolder([])
    for number in 0..<3 { try photos.add("\(number).jpg", photo(UInt64(number))) }
    try FileManager.default.createSymbolicLink(
      atPath: photos.folder.path("x.jpg"), withDestinationPath: photos.folder.path("gone.jpg"))
    let found = found(try files(photos))
    #expect(found.map(\.kind) == [.missing] && found.map(\.image) == ["x.jpg"], "\(found)")
    #expect(found.first?.detail == "is a dangling link")
    // For a file named in a table, the finding says where it is listed.
    let listed = self.found(try files(photos, table: "image\n0.jpg\n1.jpg\n2.jpg\nx.jpg\n"))
    #expect(listed.first { $0.kind == .missing }?.detail.contains("is listed in ") == true)
  }

  @Test func bandsAreCheckedAsTheImagesTheyMake() throws {
    let photos = try PhotoFolder([])
    func add(_ name: String, _ seed: UInt64, side: Int) throws {
      let image = MadePhotos.photo(seed, width: side, height: side).keeping(channels: [0])
      try photos.add(name, image.jpeg(quality: 95))
    }
    for number in 0..<3 {
      // The bands of one image are alike.
      try add("r\(number).jpg", UInt64(number), side: 48)
      try add("n\(number).jpg", UInt64(number), side: number == 1 ? 40 : 48)
    }
    try add("r3.jpg", 3, side: 48)
    let rows = (0..<4).map { "r\($0).jpg,n\($0).jpg\n" }.joined()
    let files = try files(photos, table: "red,nir\n" + rows, columns: ["red", "nir"])
    #expect(files.images.map(\.name) == ["labels.csv", "r0.jpg", "r1.jpg", "r2.jpg"])
    let found = found(files)
    #expect(found.map(\.kind) == [.missing, .unsupported], "\(found)")
    #expect(found.map(\.image) == ["n3.jpg", "r1.jpg"])
    #expect(found[1].detail.contains("n1.jpg is 40 by 40 pixels"))
  }

  @Test func namesOfTheSameTextInOtherBytesAreTwoFiles() throws {
    let photos = try PhotoFolder([])
    let (one, two) = ("caf\u{E9}.jpg", "cafe\u{301}.jpg")
    #expect(one == two)
    for (number, name) in [one, two, "x.jpg", "y.jpg"].enumerated() {
      try photos.add(name, photo(UInt64(number)))
    }
    let held = try photos.table("\(two)\n", "held.txt")
    let files = try files(
      photos, table: "image,kind\n\(one),a\n\(two),b\nx.jpg,a\n", labels: .column("kind"),
      splitter: .list(held))
    let known = files.images.filter { $0.name == one }
    #expect(
      Set(known.map { "\(Array($0.name.utf8).count) \($0.label ?? "") \($0.side?.rawValue ?? "")" })
        == ["9 a training", "10 b held out"])
    #expect(files.findings.map(\.image) == ["y.jpg"])
  }

  @Test func whatTrainingLeavesOutIsToldAndStopsNothing() throws {
    let photos = try PhotoFolder([])
    for number in 0..<3 { try photos.add("a/\(number).jpg", photo(UInt64(number))) }
    try photos.add("a/noending", photo(20))
    try photos.add("a/phone.heic", [0, 0, 0, 24] + Array("ftypheic".utf8) + [0, 0, 0, 0])
    try photos.add("notes.txt", Array("P1 patients\n".utf8))
    try FileManager.default.createSymbolicLink(
      atPath: photos.folder.path("a2"), withDestinationPath: photos.folder.path("a"))
    let found = found(try files(photos, splitter: Splitter.none))
    #expect(!found.contains { $0.kind.isError }, "\(found)")
    #expect(
      Set(found.filter { $0.kind == .notRead }.map(\.image)).isSuperset(
        of: ["a/noending", "a/phone.heic"]))
    #expect(found.filter { $0.kind == .repeatedFolder }.map(\.image) == ["a2"])
    let items = try ImageItems(.folder(photos.path))
    #expect(items.leftOut == ["": 1, "heic": 1, "txt": 1])
  }

  @Test func aFolderWithoutImagesIsAnError() throws {
    let photos = try PhotoFolder(["notes.txt"])
    try photos.add("noending", photo(1))
    let found = found(try files(photos))
    #expect(found.map(\.kind) == [.noImages, .notRead])
  }
}
