builtin.module {
  func.func @entry() {
    %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<20x33xf32>
    %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<33x40xf32>
    %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : memref<40xf32>
    %3 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(3 : index) : memref<20x40xf32>
    %z = arith.constant 0.000000e+00 : f32
    %4 = arith.constant 8 : index
    %5 = arith.constant 0 : index
    %6 = arith.constant 20 : index
    %7 = arith.constant 5 : index
    %8 = arith.constant 33 : index
    %9 = arith.constant 1 : index
    %10 = arith.constant 16 : index
    %11 = arith.constant 32 : index
    %12 = arith.constant dense<0.000000e+00> : vector<16xf32>
    %13 = arith.constant 2 : index
    %14 = arith.constant 3 : index
    %15 = arith.constant 4 : index
    %16 = vector.create_mask %4 : vector<16xi1>
    scf.for %17 = %5 to %6 step %7 {
      %18 = vector.broadcast %z : f32 to vector<16xf32>
      %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33 = scf.for %34 = %5 to %8 step %9 iter_args(%35 = %18, %36 = %18, %37 = %18, %38 = %18, %39 = %18, %40 = %18, %41 = %18, %42 = %18, %43 = %18, %44 = %18, %45 = %18, %46 = %18, %47 = %18, %48 = %18, %49 = %18) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
        %50 = memref.load %0[%17, %34] : memref<20x33xf32>
        %51 = vector.load %1[%34, %5] : memref<33x40xf32>, vector<16xf32>
        %52 = vector.broadcast %50 : f32 to vector<16xf32>
        %53 = vector.fma %52, %51, %35 : vector<16xf32>
        %54 = vector.load %1[%34, %10] : memref<33x40xf32>, vector<16xf32>
        %55 = vector.fma %52, %54, %36 : vector<16xf32>
        %56 = vector.maskedload %1[%34, %11], %16, %12 : memref<33x40xf32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
        %57 = vector.fma %52, %56, %37 : vector<16xf32>
        %58 = arith.addi %17, %9 : index
        %59 = memref.load %0[%58, %34] : memref<20x33xf32>
        %60 = vector.broadcast %59 : f32 to vector<16xf32>
        %61 = vector.fma %60, %51, %38 : vector<16xf32>
        %62 = vector.fma %60, %54, %39 : vector<16xf32>
        %63 = vector.fma %60, %56, %40 : vector<16xf32>
        %64 = arith.addi %17, %13 : index
        %65 = memref.load %0[%64, %34] : memref<20x33xf32>
        %66 = vector.broadcast %65 : f32 to vector<16xf32>
        %67 = vector.fma %66, %51, %41 : vector<16xf32>
        %68 = vector.fma %66, %54, %42 : vector<16xf32>
        %69 = vector.fma %66, %56, %43 : vector<16xf32>
        %70 = arith.addi %17, %14 : index
        %71 = memref.load %0[%70, %34] : memref<20x33xf32>
        %72 = vector.broadcast %71 : f32 to vector<16xf32>
        %73 = vector.fma %72, %51, %44 : vector<16xf32>
        %74 = vector.fma %72, %54, %45 : vector<16xf32>
        %75 = vector.fma %72, %56, %46 : vector<16xf32>
        %76 = arith.addi %17, %15 : index
        %77 = memref.load %0[%76, %34] : memref<20x33xf32>
        %78 = vector.broadcast %77 : f32 to vector<16xf32>
        %79 = vector.fma %78, %51, %47 : vector<16xf32>
        %80 = vector.fma %78, %54, %48 : vector<16xf32>
        %81 = vector.fma %78, %56, %49 : vector<16xf32>
        scf.yield %53, %55, %57, %61, %62, %63, %67, %68, %69, %73, %74, %75, %79, %80, %81 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
      }
      %82 = vector.load %2[%5] : memref<40xf32>, vector<16xf32>
      %83 = arith.addf %19, %82 : vector<16xf32>
      %84 = arith.maximumf %83, %18 : vector<16xf32>
      vector.store %84, %3[%17, %5] : memref<20x40xf32>, vector<16xf32>
      %85 = vector.load %2[%10] : memref<40xf32>, vector<16xf32>
      %86 = arith.addf %20, %85 : vector<16xf32>
      %87 = arith.maximumf %86, %18 : vector<16xf32>
      vector.store %87, %3[%17, %10] : memref<20x40xf32>, vector<16xf32>
      %88 = vector.maskedload %2[%11], %16, %12 : memref<40xf32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
      %89 = arith.addf %21, %88 : vector<16xf32>
      %90 = arith.maximumf %89, %18 : vector<16xf32>
      vector.maskedstore %3[%17, %11], %16, %90 : memref<20x40xf32>, vector<16xi1>, vector<16xf32>
      %91 = arith.addi %17, %9 : index
      %92 = arith.addf %22, %82 : vector<16xf32>
      %93 = arith.maximumf %92, %18 : vector<16xf32>
      vector.store %93, %3[%91, %5] : memref<20x40xf32>, vector<16xf32>
      %94 = arith.addf %23, %85 : vector<16xf32>
      %95 = arith.maximumf %94, %18 : vector<16xf32>
      vector.store %95, %3[%91, %10] : memref<20x40xf32>, vector<16xf32>
      %96 = arith.addf %24, %88 : vector<16xf32>
      %97 = arith.maximumf %96, %18 : vector<16xf32>
      vector.maskedstore %3[%91, %11], %16, %97 : memref<20x40xf32>, vector<16xi1>, vector<16xf32>
      %98 = arith.addi %17, %13 : index
      %99 = arith.addf %25, %82 : vector<16xf32>
      %100 = arith.maximumf %99, %18 : vector<16xf32>
      vector.store %100, %3[%98, %5] : memref<20x40xf32>, vector<16xf32>
      %101 = arith.addf %26, %85 : vector<16xf32>
      %102 = arith.maximumf %101, %18 : vector<16xf32>
      vector.store %102, %3[%98, %10] : memref<20x40xf32>, vector<16xf32>
      %103 = arith.addf %27, %88 : vector<16xf32>
      %104 = arith.maximumf %103, %18 : vector<16xf32>
      vector.maskedstore %3[%98, %11], %16, %104 : memref<20x40xf32>, vector<16xi1>, vector<16xf32>
      %105 = arith.addi %17, %14 : index
      %106 = arith.addf %28, %82 : vector<16xf32>
      %107 = arith.maximumf %106, %18 : vector<16xf32>
      vector.store %107, %3[%105, %5] : memref<20x40xf32>, vector<16xf32>
      %108 = arith.addf %29, %85 : vector<16xf32>
      %109 = arith.maximumf %108, %18 : vector<16xf32>
      vector.store %109, %3[%105, %10] : memref<20x40xf32>, vector<16xf32>
      %110 = arith.addf %30, %88 : vector<16xf32>
      %111 = arith.maximumf %110, %18 : vector<16xf32>
      vector.maskedstore %3[%105, %11], %16, %111 : memref<20x40xf32>, vector<16xi1>, vector<16xf32>
      %112 = arith.addi %17, %15 : index
      %113 = arith.addf %31, %82 : vector<16xf32>
      %114 = arith.maximumf %113, %18 : vector<16xf32>
      vector.store %114, %3[%112, %5] : memref<20x40xf32>, vector<16xf32>
      %115 = arith.addf %32, %85 : vector<16xf32>
      %116 = arith.maximumf %115, %18 : vector<16xf32>
      vector.store %116, %3[%112, %10] : memref<20x40xf32>, vector<16xf32>
      %117 = arith.addf %33, %88 : vector<16xf32>
      %118 = arith.maximumf %117, %18 : vector<16xf32>
      vector.maskedstore %3[%112, %11], %16, %118 : memref<20x40xf32>, vector<16xi1>, vector<16xf32>
    }
    func.return
  }
}
