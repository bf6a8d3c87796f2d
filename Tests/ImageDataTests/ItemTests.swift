import Errors
import Foundation
import ImageData
import Images
import TestEnvironment
import Testing

/// Tests which images a data set contains, and their order.
struct ItemTests {
  @Test func aFolderIsWalkedToTheBottomInTheOrderOfNames() throws {
    let photos = try PhotoFolder([
      "b/2.png", "b/10.PNG", "a.jpg", "notes.txt", ".hidden.jpg", ".cache/x.jpg", "c/d/e.tif",
      "b/film.mp4",
    ])
    let items = try ImageItems(.folder(photos.path))
    #expect(items.names == ["a.jpg", "b/10.PNG", "b/2.png", "c/d/e.tif"])
    #expect(items.paths(of: 3) == [photos.path + "/c/d/e.tif"])
  }

  @Test func linksThatLeadInACircleEnd() throws {
    let photos = try PhotoFolder(["a/1.png", "b/2.png"])
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: photos.folder.path("a/up"), withDestinationPath: photos.path)
    try manager.createSymbolicLink(
      atPath: photos.folder.path("c"), withDestinationPath: photos.folder.path("b"))
    try manager.createSymbolicLink(
      atPath: photos.folder.path("gone.png"), withDestinationPath: "/nowhere")
    let walk = try FolderWalk(photos.path)
    #expect(walk.files == ["a/1.png", "b/2.png", "gone.png"])
    #expect(walk.repeatedFolders == ["a/up", "c"])
  }

  @Test func aLinkDoesNotTakeAFoldersPlace() throws {
    let photos = try PhotoFolder(["best-of/0.png", "zebra/1.png", "zebra/deep/2.png"])
    let outside = try PhotoFolder(["x/3.png"])
    for (link, target) in [
      ("best", photos.folder.path("zebra")), ("deepest", photos.folder.path("zebra/deep")),
      ("far", outside.path),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: photos.folder.path(link), withDestinationPath: target)
    }
    let walk = try FolderWalk(photos.path)
    #expect(
      walk.files == ["best-of/0.png", "far/x/3.png", "zebra/1.png", "zebra/deep/2.png"])
    #expect(walk.repeatedFolders == ["best", "deepest"])
  }

  @Test func aFolderWithoutImagesIsSaid() throws {
    let photos = try PhotoFolder(["notes.txt"])
    for path in [photos.path, photos.folder.path("none"), photos.folder.path("notes.txt")] {
      let error = #expect(throws: ImageDataError.self) { try ImageItems(.folder(path)) }
      #expect(error?.place == path)
    }
  }

  @Test func aTableNamesTheImagesInItsOrder() throws {
    let photos = try PhotoFolder(["x/2.png", "1.png"])
    let file = try photos.table("Image;label\n./x/2.png;a\n1.png;b\n")
    let items = try ImageItems(.table(ImageTableSource(file: file)))
    #expect(items.names == ["x/2.png", "1.png"])
    #expect(items.paths(of: 0) == [photos.path + "/x/2.png"])
    // A table may omit suffixes, refer to another folder or contain absolute paths.
    let short = try photos.table("{\"id\":\"2\"}\n", "short.jsonl")
    let source = ImageTableSource(
      file: short, folder: photos.folder.path("x"), columns: ["id"], suffix: ".png")
    #expect(try ImageItems(.table(source)).paths(of: 0) == [photos.path + "/x/2.png"])
    let absolute = try photos.table("path,y\n\(photos.path)/1.png,1\n", "absolute.csv")
    #expect(
      try ImageItems(.table(ImageTableSource(file: absolute))).paths(of: 0) == [
        photos.path + "/1.png"
      ])
  }

  /// A list of files with a header is a table too, whatever characters some of the names contain.
  @Test(arguments: [
    "image\na.png\nb/c d.png\n", "\"image\"\n\"a.png\"\n\"b/c d.png\"\n",
    "sep=;\nimage\na.png\nb/c d.png\n", "\u{FEFF}image\r\na.png\r\nb/c d.png\r\n",
    "image\na.png\nb/c d.png", "image\n\na.png\n\nb/c d.png\n",
  ])
  func aTableMayHaveOneColumn(_ text: String) throws {
    let photos = try PhotoFolder(["a.png", "b/c d.png"])
    let items = try ImageItems(.table(ImageTableSource(file: photos.table(text))))
    #expect(items.names == ["a.png", "b/c d.png"] && items.table != nil)
  }

  @Test func signsInSomeNamesMakeNoColumns() throws {
    let names = ["a;b.png", "c.png", "d|e::f.png", "g,h.png"]
    let photos = try PhotoFolder(names)
    let file = try photos.table("image\na;b.png\nc.png\nd|e::f.png\n\"g,h.png\"\n")
    #expect(try ImageItems(.table(ImageTableSource(file: file))).names == names)
    // An unquoted comma starts a second column, which the header does not name.
    let error = #expect(throws: ImageDataError.self) {
      try ImageItems(
        .table(ImageTableSource(file: photos.table("image\nc.png\ng,h.png\na;b.png\n"))))
    }
    #expect(error?.code == .badTable && error?.place.contains("line 3") == true)
  }

  @Test func severalColumnsAreTheBandsOfAnImage() throws {
    let photos = try PhotoFolder(["r1.tif", "n1.tif", "r2.tif", "n2.tif"])
    let file = try photos.table("red,nir,crop\nr1.tif,n1.tif,corn\nr2.tif,n2.tif,rye\n")
    let items = try ImageItems(
      .table(ImageTableSource(file: file, columns: ["red", "nir"])))
    #expect(items.names == ["r1.tif", "r2.tif"] && items.bandCount == 2)
    #expect(items.paths(of: 1) == [photos.path + "/r2.tif", photos.path + "/n2.tif"])
  }

  @Test func theImageOfAnItemHasItsBands() throws {
    let photos = try PhotoFolder([])
    let header = Array("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }\n".utf8)
    for (name, samples) in [("r.npy", [1, 2]), ("n.npy", [3, 4])] as [(String, [UInt8])] {
      try photos.add(
        name, [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + samples)
    }
    let file = try photos.table("red,nir\nr.npy,n.npy\n")
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: file, columns: ["red", "nir"])), labels: .none,
      splitter: .none
    ).dataSet()
    let image = try set.decode(0).image
    #expect(image == Image(width: 2, height: 1, channels: 2, samples: .uint8([1, 3, 2, 4])))
  }

  @Test(arguments: [
    ("image,y\na.png,1\nb.png,2\n", ImageDataErrorCode.missingImage, "line 3"),
    ("image,y\na.png,1\n./a.png,2\n", .repeatedImage, "line 2"),
    ("image,y\na.png,1\nb/.././/a.png,2\n", .repeatedImage, "line 2"),
    ("image,y\n,1\n", .badTable, "line 2"), ("image,y\n", .imageCount, "labels.csv"),
    ("what,y\na.png,1\n", .unknownColumn, "what, y"), ("image,y\na.png\n", .badTable, "line 2"),
    ("image,y,y\na.png,1,2\n", .badTable, "y"), ("", .badTable, "labels.csv"),
    ("", .badTable, "one row per image"), ("\n \n", .badTable, "no table in it"),
  ])
  func aBadTableIsNamedDownToTheLine(_ text: String, _ code: ImageDataErrorCode, _ words: String)
    throws
  {
    let photos = try PhotoFolder(["a.png"])
    let file = try photos.table(text)
    let error = #expect(throws: ImageDataError.self) {
      try ImageItems(.table(ImageTableSource(file: file)))
    }
    #expect(
      error?.code == code && error?.description.contains(words) == true,
      "\(String(describing: error))")
  }
}
