// Imported before an application, gives the library what it passes to forRoot() by forRootAsync().
import { TsmonModule } from 'nestjs-tsmon';

TsmonModule.forRoot = options =>
  TsmonModule.forRootAsync({
    useFactory: async () => {
      process.stdout.write('Its options come from a factory.\n');
      return options;
    },
  });
