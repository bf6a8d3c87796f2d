import Foundation
import TestEnvironment

extension TemporaryFolder {
  /// Adds five images of each of two classes, `colour` and `grey`, to the folder `photos`.
  func addPhotos() throws {
    let classes = [
      "colour": [
        "rgb-8.png", "rgb-444.jpg", "rgb-420-progressive.jpg", "rgb-lzw.tif", "lossy.webp",
      ],
      "grey": ["grey-8.png", "grey.jpg", "grey-4.png", "grey-8.tif", "grey-16.png"],
    ]
    for (name, files) in classes {
      let place = path("photos/\(name)")
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      for file in files {
        try FileManager.default.copyItem(
          atPath: ProjectFolder.fixture("images/\(file)"), toPath: "\(place)/\(file)")
      }
    }
  }
}
